/**
 * `main` of the deployed package: loads the bundle of the function that FUNCTION_TARGET names, and no other.
 *
 * Run by itself (`node main.cjs`) it starts the Functions Framework that the bundle holds; loaded by a Functions Framework of the
 * platform's, it only registers its function there. Its name ends in .cjs since the framework then need not look for a package.json
 * that says whether it is an ES module, which takes it as long as an inference.
 */
'use strict';

const path = require('node:path');

const TARGETS = ['lookupIngredient', 'classifyIngredient'];
const { env } = process;

env.MODEL_DIR ||= path.join(__dirname, 'model-artifacts');
// A wrong target is the bundle's to refuse: it lists all that is wrong with the settings.
const target = TARGETS.includes(env.FUNCTION_TARGET) ? env.FUNCTION_TARGET : TARGETS[0];
const { startFramework } = require(`./${target}.cjs`);

exports.start = () => {
  env.FUNCTION_SOURCE ||= __dirname;
  startFramework();
};

if (require.main === module) {
  exports.start();
}
