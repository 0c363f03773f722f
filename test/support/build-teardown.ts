/**
 * After the last test of a jest project: removes what the run made outside the project.
 */
import { removePackage } from './packaged';

export default removePackage;
