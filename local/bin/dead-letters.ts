import { run } from '../run';
import { main } from '../dead-letters';

run(main);
