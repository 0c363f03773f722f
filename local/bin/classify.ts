import { run } from '../run';
import { main } from '../classify';

run((args) => main(args));
