/**
 * `main` of the package: registers both functions; FUNCTION_TARGET picks the one that this instance runs.
 *
 * The guard must fit the function: behind the one of the other, every good event would look malformed. So the process ends where the
 * framework was told its target in another way.
 */
import { parseArgs } from 'node:util';

import { ConfigError } from '../shared/platform/errors';
import { createLogger } from '../shared/platform/logger';
import { getDependencies } from './dependencies';
import { serve } from './serve';

import './classify';
import { serveLookup } from './lookup';

// Ends the process where a setting is wrong, a target that is none among them.
const { config, logger, closeStore } = getDependencies();
const target = process.env['FUNCTION_TARGET'] ?? '';
// The framework obeys its option before the variable.
const { target: option = target } = parseArgs({ options: { target: { type: 'string' } }, strict: false }).values;
if (target === '' || option !== target) {
  const found = target === '' ? 'it is not set' : `it is ${target}, and --target is ${option}`;
  const error = new ConfigError([`FUNCTION_TARGET must be set to the function that runs here, and ${found}.`]);
  createLogger('ERROR').error(error.message, { code: error.code });
  process.exit(1);
}
const { projectId, corsOrigins } = config;
const parts = { logger, projectId, close: closeStore };
if (target === 'classifyIngredient') {
  serve('event', parts);
} else {
  serve('http', parts, { corsOrigins, answer: serveLookup });
}
