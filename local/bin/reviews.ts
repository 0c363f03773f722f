import { main } from '../reviews';
import { run } from '../run';

run(main);
