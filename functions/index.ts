/**
 * `main` of the package: registers both functions; FUNCTION_TARGET picks the one that this instance runs.
 */
import { getDependencies } from './dependencies';
import { guardServers } from './guard';

import './classify';
import './lookup';

guardServers(process.env['FUNCTION_TARGET'] === 'classifyIngredient' ? 'event' : 'http');
getDependencies();
