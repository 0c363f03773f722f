/**
 * `npm run submit` as a user runs it: built, in a process of its own.
 */
import { builtCommand, programFolder } from '../support/command';
import { withMetadataServer } from '../support/metadata-server';
import { freePort } from '../support/owned-process';

// Longer than a command waits for an emulator that is not there.
const WAIT_TIMEOUT_MS = 60_000;

const { execute } = programFolder();

describe('npm run submit', () => {
  it('says what to start where nothing listens', async () => {
    const port = await freePort();

    const { status, stderr } = await execute([builtCommand('submit'), 'honey'], { PORT: String(port) });

    expect(status).toBe(1);
    expect(stderr).toContain(`nothing answers at http://127.0.0.1:${port}/events: run \`npm start\` first`);
  });

  it('goes to `npm start` also where a shell has a project set', async () => {
    const port = String(await freePort());

    const { stderr } = await execute([builtCommand('submit'), 'honey'], {
      PORT: port,
      GOOGLE_CLOUD_PROJECT: 'my-project',
    });

    expect(stderr).toContain(`nothing answers at http://127.0.0.1:${port}/events`);
  });

  it('says of each name sent to the cloud that there are no credentials', async () => {
    await withMetadataServer(async (metadata, asked) => {
      const settings = { GOOGLE_CLOUD_PROJECT: 'my-project', GCE_METADATA_HOST: metadata };

      const { status, stdout, stderr } = await execute([builtCommand('submit'), '--cloud', 'honey', 'salt'], settings);

      const reason = 'there are no credentials to use: run `gcloud auth application-default login`';
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr.trimEnd().split('\n')).toEqual([
        expect.stringContaining(`not published "honey": ${reason}`),
        expect.stringContaining(`not published "salt": ${reason}`),
      ]);
      // Which shows that the tests that expect it not to be asked would see it.
      expect(asked).not.toEqual([]);
    });
  });

  it('refuses the cloud and an emulator together', async () => {
    const settings = { PUBSUB_EMULATOR_HOST: '127.0.0.1:1' };

    const { status, stderr } = await execute([builtCommand('submit'), '--cloud', 'honey'], settings);

    expect(status).toBe(2);
    expect(stderr).toBe('Error: --cloud and PUBSUB_EMULATOR_HOST exclude each other: leave one of them out\n');
  });

  it(
    'says in one line where the emulator does not answer, and looks for no metadata server',
    async () => {
      await withMetadataServer(async (metadata, asked) => {
        const emulator = `127.0.0.1:${await freePort()}`;
        const settings = { PUBSUB_EMULATOR_HOST: emulator, GCE_METADATA_HOST: metadata };

        const { status, stdout, stderr } = await execute([builtCommand('submit'), 'honey'], settings);

        expect([status, stdout]).toEqual([1, '']);
        expect(stderr).toBe(
          `not published "honey": the Pub/Sub emulator at ${emulator} did not answer within 10 s: start it, or correct or unset PUBSUB_EMULATOR_HOST\n`,
        );
        expect(asked).toEqual([]);
      });
    },
    WAIT_TIMEOUT_MS,
  );

  it('says that a line is not UTF-8', async () => {
    const { status, stderr } = await execute(
      [builtCommand('submit')],
      {},
      Buffer.from([0x63, 0x72, 0xe8, 0x6d, 0x65, 0x0a]),
    );

    expect(status).toBe(1);
    expect(stderr).toBe('not published "": The line is not UTF-8: convert the file.\n');
  });
});
