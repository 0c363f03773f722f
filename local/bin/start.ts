import { run } from '../run';
import { main } from '../start';

run(main);
