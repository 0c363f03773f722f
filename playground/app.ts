/**
 * The playground: what the classifier makes of a name, or of a list of them.
 */
import { IngredientClient, type LabelSet } from '../client';
import { byId } from './dom';
import { ListPanel } from './list';
import { OnePanel } from './one';
import { readFragment, showInAddress } from './share';
import { beginTheme } from './theme';

type Tab = 'one' | 'list';
const TABS: readonly Tab[] = ['one', 'list'];

let chosen: Tab = 'one';
let token: string | undefined;
let labelSet: Promise<LabelSet> | undefined;

// Relative to the page, which a proxy may have put below a path.
const client = new IngredientClient(new URL('.', location.href).href, { token: () => token });

/** Asked for once; again where that failed. */
async function labels(): Promise<LabelSet> {
  labelSet ??= client.labels().catch((error: unknown) => {
    labelSet = undefined;
    throw error;
  });
  return labelSet;
}

function choose(tab: Tab): void {
  chosen = tab;
  for (const name of TABS) {
    const button = byId(`tab-${name}`, HTMLButtonElement);
    button.setAttribute('aria-selected', String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    byId(`panel-${name}`, HTMLElement).hidden = name !== tab;
  }
  showShared();
}

/** The address is that of the chosen panel, whatever the other one asks for meanwhile. */
function showShared(): void {
  showInAddress(panels[chosen].shared);
}

function openOne(name: string): void {
  choose('one');
  one.show(name);
  one.focus();
}

function openList(names: string): void {
  choose('list');
  list.show(names);
  list.focus();
}

const one: OnePanel = new OnePanel({
  client,
  labels,
  openList,
  showShared,
  useToken: (given) => {
    token = given;
  },
});
const list: ListPanel = new ListPanel({ client, openOne, showShared });
const panels: Readonly<Record<Tab, OnePanel | ListPanel>> = { one, list };

for (const tab of TABS) {
  const button = byId(`tab-${tab}`, HTMLButtonElement);
  button.addEventListener('click', () => {
    choose(tab);
  });
  button.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const other = tab === 'one' ? 'list' : 'one';
      choose(other);
      byId(`tab-${other}`, HTMLButtonElement).focus();
    }
  });
}

document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    choose('one');
    one.focus();
  }
});

// Not by its address, where it would take the place of what is shown.
byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  event.preventDefault();
  panels[chosen].focus();
});

function openShared(): void {
  const { name, names } = readFragment(location.hash);
  if (names !== undefined) {
    choose('list');
    list.showNames(names);
    list.focus();
  } else if (name !== undefined) {
    openOne(name);
  }
}

window.addEventListener('hashchange', openShared);
beginTheme();
one.focus();
openShared();
