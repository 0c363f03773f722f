import { run } from '../run';
import { main } from '../reclassify';

run(main);
