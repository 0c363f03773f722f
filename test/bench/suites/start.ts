/**
 * From the spawn of a process until its first answer over HTTP, with the stages that an instance logs of it.
 */
import { type NodeVersion, nodeProgram } from '../../support/nodes';
import { BARE_SERVER, type Context, FRAMEWORK_HELLO, type Server, startPackage, startServer } from '../context';
import { interleaved, type Measurement, type Suite } from '../measure';

const VERSIONS: readonly NodeVersion[] = [20, 24];
const STAGES = ['node', 'load', 'listen', 'model', 'store'] as const;
const NO_DOCUMENT = 'the event function’s first document: it needs the Firestore emulator';

export async function start(context: Context): Promise<Suite> {
  const rows: Record<string, () => Promise<Measurement>> = {};
  for (const version of VERSIONS) {
    const node = await nodeProgram(version);
    rows[`bare node:http, Node ${version}`] = () => firstAnswer(startServer(BARE_SERVER, { node }));
    rows[`framework's hello, Node ${version}`] = () => firstAnswer(startServer(FRAMEWORK_HELLO, { node }));
    rows[`packaged lookup, Node ${version}`] = () => withStages(startPackage(context, 'lookupIngredient', { node }));
    if (context.firestore !== undefined) {
      rows[`packaged event function, Node ${version}`] = () =>
        withStages(startPackage(context, 'classifyIngredient', { node }));
    }
  }
  return {
    title: 'Cold start',
    how: 'Spawn of the process until its first 200 over HTTP, or until the first document is written; every server on loopback by the same hook. The stages are those of the line `cold start`; `store` includes the connection, and runs after the answer for lookups.',
    columns: [{ key: 'firstMs', title: 'first answer, ms' }, ...STAGES.map((stage) => ({ key: stage, title: stage }))],
    rows: await interleaved(rows, context.runs),
    plot: { kind: 'bars', y: 'firstMs' },
    missing: context.firestore === undefined ? [NO_DOCUMENT] : [],
  };
}

async function firstAnswer(starting: Promise<Server>): Promise<Measurement> {
  const server = await starting;
  await server.stop();
  return { firstMs: server.afterMs };
}

async function withStages(starting: Promise<Server>): Promise<Measurement> {
  const server = await starting;
  try {
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline) {
      const line = server.lines.find((text) => text.includes('"cold start"'));
      if (line !== undefined) {
        const { stages } = JSON.parse(line) as { stages: Measurement };
        return { firstMs: server.afterMs, ...stages };
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('The instance logged no cold start.');
  } finally {
    await server.stop();
  }
}
