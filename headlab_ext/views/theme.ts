// What the colours of a drawing depend on: JupyterLab's theme, else the system's wishes.
import { useMemo, useSyncExternalStore } from 'react';

export interface Theme {
  dark: boolean;
  contrast: boolean;
  /** The theme's name, empty outside JupyterLab; drawings that read CSS variables follow it. */
  name: string;
}

const DARK = '(prefers-color-scheme: dark)';
const CONTRAST = '(prefers-contrast: more)';
const FORCED = '(forced-colors: active)';

export function useTheme(): Theme {
  const seen = useSyncExternalStore(listen, read);
  return useMemo(() => JSON.parse(seen) as Theme, [seen]);
}

// A string, because the store compares what it reads by identity.
function read(): string {
  const { jpThemeLight, jpThemeName = '' } = document.body.dataset;
  const theme: Theme = {
    dark: jpThemeLight === undefined ? wished(DARK) : jpThemeLight === 'false',
    contrast: /high contrast/i.test(jpThemeName) || wished(CONTRAST) || wished(FORCED),
    name: jpThemeName
  };
  return JSON.stringify(theme);
}

function wished(query: string): boolean {
  return window.matchMedia(query).matches;
}

function listen(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-light', 'data-jp-theme-name']
  });
  const media = [DARK, CONTRAST, FORCED].map(query => window.matchMedia(query));
  media.forEach(list => list.addEventListener('change', changed));
  return () => {
    observer.disconnect();
    media.forEach(list => list.removeEventListener('change', changed));
  };
}
