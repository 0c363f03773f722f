import { type AddressInfo, createServer, type Socket } from 'node:net';

import { CommandError } from '../../../local/errors';
import { preparePush } from '../../../local/pubsub';
import { readConfig } from '../../../shared/platform/config';

const ENDPOINT = 'http://127.0.0.1:1/events';
const METADATA = 'METADATA_SERVER_DETECTION';

describe('preparePush', () => {
  const before = process.env[METADATA];

  beforeAll(() => {
    process.env[METADATA] = 'none';
  });

  afterAll(() => {
    process.env[METADATA] = before ?? '';
  });

  it('gives up where something takes its connection and never answers', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const emulator = `127.0.0.1:${(silent.address() as AddressInfo).port}`;

    const prepared = preparePush(readConfig({ PUBSUB_EMULATOR_HOST: emulator }), ENDPOINT, 500);

    await expect(prepared).rejects.toThrow(CommandError);
    await expect(prepared).rejects.toThrow(`the Pub/Sub emulator at ${emulator} did not answer within 0.5 s: start it`);
    expect(sockets).not.toEqual([]);
    sockets.forEach((socket) => socket.destroy());
    silent.close();
  });
});
