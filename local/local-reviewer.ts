/**
 * Who reviews with `npm start`, and sends it events: whoever sits at this machine, recorded as `local`.
 *
 * Pages of the web must do neither in their visitor's name. A page of another origin says so in `Origin`; one whose own host name was
 * made to point here has that name in `Host`.
 */
import type { Authorize } from '../functions/lookup/token';
import { ForbiddenError } from '../shared/platform/errors';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** True where the header Host names this machine. */
export function isThisMachine(host: string | undefined): boolean {
  return LOOPBACK.test(host ?? '');
}

export const localReviewer: Authorize = (request) => {
  const host = request.header('host') ?? '';
  const origin = request.header('origin');
  if (!isThisMachine(host)) {
    return Promise.reject(new ForbiddenError('Reviews are for this machine alone: ask for it as localhost.'));
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return Promise.reject(new ForbiddenError('A page of another origin may not review: use the page of this server.'));
  }
  return Promise.resolve('local');
};
