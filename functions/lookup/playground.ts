/**
 * `GET /` and what the page there loads: it comes from this address alone, and its policy lets it talk to nothing else.
 */
import { gzipSync } from 'node:zlib';

import { once } from '../../shared/platform/once';
import { corsHeaders } from './cors';
import type { LookupHandler } from './handlers';
import { entityTag, matchesTag } from './http';

/** The media type of each path. */
export const PLAYGROUND_TYPES = {
  '/': 'text/html',
  '/playground/app.js': 'text/javascript',
  '/playground/icon.svg': 'image/svg+xml',
  '/playground/style.css': 'text/css',
} as const;

/** No inline script or style, no other host, no frame around it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

interface Asset {
  readonly text: string;
  readonly zipped: Buffer;
  readonly tag: string;
}

/** Read and zipped when one is asked for first: an instance without visitors does neither. */
const readAssets = once(async (): Promise<ReadonlyMap<string, Asset>> => {
  const { PLAYGROUND_ASSETS } = await import('./playground-assets');
  return new Map(
    Object.entries(PLAYGROUND_ASSETS).map(([path, text]) => [
      path,
      { text, zipped: gzipSync(text), tag: entityTag(text) },
    ]),
  );
});

/** The page, or one of the files that it loads. */
export const getPlayground: LookupHandler = async ({ path, header }, { config }) => {
  const { text, zipped, tag } = (await readAssets()).get(path)!;
  const varies = corsHeaders(header('origin'), config.corsOrigins)['Vary'];
  const headers = {
    'Content-Type': `${PLAYGROUND_TYPES[path as keyof typeof PLAYGROUND_TYPES]}; charset=utf-8`,
    // Asked again each time, and mostly answered with 304: a new version of the page is seen at once.
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    // Weak: zipped, its bytes are others.
    ETag: `W/${tag}`,
    // In the place of the guard's, which it holds too.
    Vary: [varies, 'Accept-Encoding'].filter((name) => name !== undefined).join(', '),
  };
  if (matchesTag(header('if-none-match'), tag)) {
    return { status: 304, headers, body: '', note: 'playground' };
  }
  const zips = takesGzip(header('accept-encoding'));
  const coding = zips ? { 'Content-Encoding': 'gzip' } : {};
  return { status: 200, headers: { ...headers, ...coding }, body: zips ? zipped : text, note: 'playground' };
};

function takesGzip(accepted = ''): boolean {
  return accepted
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;|$)/i.test(coding) && !/;\s*q=0(\.0*)?\s*$/.test(coding));
}
