/**
 * What the page shows, in the fragment of its address: it is not sent to the server, and a link brings the same again.
 */

/** Browsers and chats cut what is longer. */
const MAX_FRAGMENT = 8000;

export interface Shared {
  readonly name?: string;
  readonly names?: string;
}

export function readFragment(fragment: string): Shared {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''));
  const name = parameters.get('name');
  const names = parameters.get('names');
  return { ...(name === null ? {} : { name }), ...(names === null ? {} : { names }) };
}

/** Empty where there is nothing, or too much for a link. */
function toFragment(shared: Shared): string {
  const fragment = `#${new URLSearchParams({ ...shared }).toString()}`;
  return fragment === '#' || fragment.length > MAX_FRAGMENT ? '' : fragment;
}

/** A link that brings it again; undefined where it is too long for one. */
export function linkTo(shared: Shared): string | undefined {
  const fragment = toFragment(shared);
  return fragment === '' ? undefined : new URL(fragment, location.href).href;
}

/** Puts what is shown into the address, without a step in the browser's history for each letter. */
export function showInAddress(shared: Shared): void {
  history.replaceState(null, '', `${location.pathname}${location.search}${toFragment(shared)}`);
}
