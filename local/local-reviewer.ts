/**
 * Who reviews with `npm start`: whoever sits at this machine, recorded as `local`.
 *
 * Pages of the web must not review in their visitor's name. A page of another origin says so in `Origin`; one whose own host name was
 * made to point here has that name in `Host`.
 */
import type { Authorize } from '../functions/lookup/token';
import { ForbiddenError } from '../shared/platform/errors';

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

export const localReviewer: Authorize = (request) => {
  const host = request.header('host') ?? '';
  const origin = request.header('origin');
  if (!LOOPBACK.test(host)) {
    return Promise.reject(new ForbiddenError('Reviews are for this machine alone: ask for it as localhost.'));
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return Promise.reject(new ForbiddenError('A page of another origin may not review: use the page of this server.'));
  }
  return Promise.resolve('local');
};
