import { main } from '../package';
import { run } from '../run';

run(main);
