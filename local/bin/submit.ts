import { run } from '../run';
import { main } from '../submit';

run(main);
