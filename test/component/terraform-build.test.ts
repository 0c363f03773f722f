/**
 * terraform/scripts/build.mjs against a server in the place of Cloud Run and Cloud Build.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inTempFolder } from '../support/builders';
import { type ApiAnswer, type ApiCall, type Ended, runScript, withGoogleApi } from '../support/google-api';

const REQUEST = { imageUri: 'europe-west1-docker.pkg.dev/p/ingredient-classifier/lookup:1', buildpackBuild: {} };
const BUILD = {
  name: 'projects/7/locations/europe-west1/builds/b1',
  status: 'QUEUED',
  logUrl: 'https://console.cloud.google.com/cloud-build/builds/b1',
};
const SUBMITTED = { body: { buildOperation: { metadata: { build: BUILD } } } };

async function build(
  answer: (call: ApiCall, calls: readonly ApiCall[]) => ApiAnswer,
  signedIn: Readonly<Record<string, string>> = { ACCESS_TOKEN: 'secret-token' },
): Promise<Ended & { calls: readonly ApiCall[] }> {
  return withGoogleApi(answer, async (url, calls) => {
    const environment = {
      ...{ RUN_ENDPOINT: url, BUILD_ENDPOINT: url, POLL_MS: '1', PAUSE_MS: '1' },
      ...{
        ...signedIn,
        PARENT: 'projects/p/locations/europe-west1',
        REQUEST: JSON.stringify(REQUEST),
      },
    };
    return { ...(await runScript('build.mjs', environment)), calls };
  });
}

const isSubmit = (call: ApiCall): boolean => call.method === 'POST';

describe('build.mjs', () => {
  it('submits the build as it was told, waits for it, and never shows the token', async () => {
    const ended = await build((call, calls) => {
      if (isSubmit(call)) {
        return SUBMITTED;
      }
      return { body: { ...BUILD, status: calls.length < 4 ? 'WORKING' : 'SUCCESS' } };
    });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v2/projects/p/locations/europe-west1/builds:submit',
      'GET /v1/projects/7/locations/europe-west1/builds/b1',
      'GET /v1/projects/7/locations/europe-west1/builds/b1',
      'GET /v1/projects/7/locations/europe-west1/builds/b1',
    ]);
    expect(ended.calls[0]).toMatchObject({ body: REQUEST, authorization: 'Bearer secret-token' });
    expect(ended.stdout).toContain(BUILD.logUrl);
    expect(ended.stdout).not.toContain('secret-token');
  });

  it("asks gcloud for the token: Terraform's state would keep one that Terraform hands over", async () => {
    const ended = await inTempFolder(async (folder) => {
      await writeFile(path.join(folder, 'gcloud'), '#!/bin/sh\necho "token-of $*"\n', { mode: 0o755 });
      const PATH = `${folder}:${process.env['PATH'] ?? ''}`;
      return build((call) => (isSubmit(call) ? SUBMITTED : { body: { ...BUILD, status: 'SUCCESS' } }), { PATH });
    });

    expect(ended.code).toBe(0);
    expect(ended.calls[0]).toMatchObject({ authorization: 'Bearer token-of auth print-access-token' });
  });

  it('says so where nobody is signed in', async () => {
    const ended = await build(() => SUBMITTED, { PATH: '/nowhere' });

    expect(ended).toMatchObject({ code: 1, calls: [] });
    expect(ended.stderr).toContain('run `gcloud auth login`');
  });

  it('waits for a role that was granted a moment ago', async () => {
    const ended = await build((call, calls) => {
      if (isSubmit(call) && calls.length < 3) {
        return { status: 403, body: { error: { message: 'Permission denied.' } } };
      }
      return isSubmit(call) ? SUBMITTED : { body: { ...BUILD, status: 'SUCCESS' } };
    });

    expect(ended.code).toBe(0);
    expect(ended.calls.filter(isSubmit)).toHaveLength(3);
  });

  it('says where the log is when the build fails again and again', async () => {
    const ended = await build((call) => (isSubmit(call) ? SUBMITTED : { body: { ...BUILD, status: 'FAILURE' } }));

    expect(ended.code).toBe(1);
    expect(ended.calls.filter(isSubmit)).toHaveLength(4);
    expect(ended.stderr).toContain(`${REQUEST.imageUri} was not built. The build ended with FAILURE`);
    expect(ended.stderr).toContain(BUILD.logUrl);
  });

  it('gives up at once where what was asked is wrong', async () => {
    const ended = await build(() => ({ status: 400, body: { error: { message: 'Invalid base image.' } } }));

    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Invalid base image.') as string });
    expect(ended.calls).toHaveLength(1);
  });
});
