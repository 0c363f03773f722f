/**
 * The page inside the function is the one of playground/, and nothing of it runs or loads from elsewhere.
 */
import { spawnSync } from 'node:child_process';

import { PLAYGROUND_TYPES } from '../../functions/lookup/playground';
import { PLAYGROUND_ASSETS } from '../../functions/lookup/playground-assets';
import { ROOT } from '../support/fixtures';

const PATHS = Object.keys(PLAYGROUND_TYPES);

describe('functions/lookup/playground-assets.ts', () => {
  it('is made of playground/ as it is', () => {
    const { status, stderr } = spawnSync(process.execPath, ['playground/build.mjs', '--check'], { cwd: ROOT });

    expect([status, stderr.toString()]).toEqual([0, '']);
  });

  it('has what the routes serve, and the page asks for nothing else', () => {
    const html = PLAYGROUND_ASSETS['/']!;
    const asked = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, reference]) => `/${reference!}`);

    expect(Object.keys(PLAYGROUND_ASSETS).sort()).toEqual([...PATHS].sort());
    expect([...new Set(asked)].filter((path) => !path.startsWith('/v1/')).sort()).toEqual(
      PATHS.filter((path) => path !== '/').sort(),
    );
  });

  it('has no script or style in the markup, and names no other host', () => {
    const text = PLAYGROUND_ASSETS['/']!;

    expect(text).not.toMatch(/<style|<script(?! type="module" src=)|\sstyle=|\son\w+=|javascript:/i);
    for (const asset of Object.values(PLAYGROUND_ASSETS)) {
      expect(asset.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    }
  });
});
