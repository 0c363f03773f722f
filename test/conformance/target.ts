/**
 * The functions that the conformance suite of the Functions Framework asks for, behind our own start-up, guard and shutdown: each writes
 * what it was called with to `function_output.json` in the working directory.
 *
 * Built to a folder, for each of the types `http`, `cloudevent` and `legacyevent`:
 *
 *     npx esbuild test/conformance/target.ts --bundle --packages=external --platform=node --outfile=dist/conformance/index.js
 *     client -type=cloudevent -buildpacks=false -cmd="npx functions-framework --source=dist/conformance --target=writeCloudEvent"
 *
 * The legacy one also needs `--signature-type=event`.
 *
 * @see https://github.com/GoogleCloudPlatform/functions-framework-conformance
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { cloudEvent, type CloudEvent, http } from '@google-cloud/functions-framework';

import { serve } from '../../functions/serve';
import { createLogger } from '../../shared/platform/logger';

const OUTPUT = 'function_output.json';
const { target } = parseArgs({ options: { target: { type: 'string' } }, strict: false }).values;

http('writeHttp', (request, response) => {
  writeFileSync(OUTPUT, request.rawBody ?? '');
  response.sendStatus(200);
});

cloudEvent('writeCloudEvent', (event: CloudEvent<unknown>) => {
  writeFileSync(OUTPUT, JSON.stringify(event));
});

/** A function of the first generation: data and context, not one event. */
export function writeLegacyEvent(data: unknown, context: unknown): void {
  writeFileSync(OUTPUT, JSON.stringify({ data, context }));
}

// UNGUARDED shows what the framework alone makes of the same requests.
if (process.env['UNGUARDED'] !== 'true') {
  serve(target === 'writeHttp' ? 'http' : 'event', {
    ...{ logger: createLogger('INFO'), projectId: undefined },
    close: () => Promise.resolve(),
  });
}
