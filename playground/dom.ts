/**
 * Elements without a framework. Text goes in as text, never as markup.
 */

type Child = Node | string | undefined;

/** An element with attributes and children; an attribute that is undefined or false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** A button that does one thing. */
export function button(
  text: string,
  onClick: () => void,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** The element of index.html with this id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) {
    throw new TypeError(`index.html has no ${type.name} #${id}`);
  }
  return element;
}

/**
 * Changes a place, which may take away what has the focus: the browser would drop that to the body, and the person to the top.
 *
 * The focus goes to what has the same `data-key` in the place by then, or else to `next`.
 */
export function keepFocus(place: HTMLElement, change: () => void, next: HTMLElement): void {
  const focused = document.activeElement;
  const isHere = focused instanceof HTMLElement && place.contains(focused);
  change();
  if (isHere && !(focused.isConnected && focused.checkVisibility())) {
    const same = [...place.querySelectorAll<HTMLElement>('[data-key]')].find(
      ({ dataset }) => dataset['key'] === focused.dataset['key'],
    );
    (same ?? next).focus();
  }
}

/** Says it to a screen reader. */
export function announce(text: string): void {
  byId('status', HTMLElement).textContent = text;
}

/** Copies it. @returns what to say: `done`, or what the person can do where the browser does not let a page. */
export async function copyText(text: string, done: string, otherwise: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return done;
  } catch {
    return `This browser does not let a page copy: ${otherwise}`;
  }
}

/** As copyText, for a link. */
export async function copyLink(link: string): Promise<string> {
  return copyText(link, 'The link is copied.', 'copy the link from the address bar.');
}

/** A file for the person to keep. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h('a', { href: url, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
