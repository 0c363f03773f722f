/**
 * `npm run classify` with a model that costs nothing: what many different names do to the rest of it is seen within a test's time.
 */
import { main } from '../../local/classify';
import { run } from '../../local/run';
import { labels, MODEL } from './builders';

const CLASSIFIER = {
  version: MODEL,
  classify: (names: readonly string[]) => Promise.resolve(names.map(() => labels())),
};

run((args) => main(args, () => Promise.resolve(CLASSIFIER)));
