/**
 * Light or dark: as the system says, or as the person chose.
 */
import { byId } from './dom';

const STORAGE_KEY = 'ingredient-classifier-theme';
const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

export function beginTheme(): void {
  const toggle = byId('theme', HTMLButtonElement);
  let theme = stored();
  const show = (): void => {
    document.documentElement.dataset['theme'] = theme;
    toggle.textContent = `Theme: ${theme}`;
  };
  toggle.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    show();
    try {
      localStorage.setItem(STORAGE_KEY, theme);
    } catch {
      // Closed to us: the choice lasts as long as the page.
    }
  });
  show();
}

function stored(): Theme {
  try {
    const kept = localStorage.getItem(STORAGE_KEY);
    return THEMES.find((theme) => theme === kept) ?? 'system';
  } catch {
    return 'system';
  }
}
