import { create } from 'zustand';
import { toHex } from '../lib/hex.ts';
import { DEFAULT_PACKET } from '../lib/packets.ts';

export type Lens = 'path' | 'program' | 'log';
export type Workspace = 'verify' | 'run';
export type Theme = 'system' | 'light' | 'dark';
/** Tabs of the bottom bar on narrow screens. */
export type MobileTab = 'source' | 'why' | 'steps' | 'state' | 'run';

/** What is selected and how it is shown. */
export interface ViewState {
  /** Name of the chosen program; null means the first. */
  readonly program: string | null;
  /** Types chosen for programs whose sections name none, by name. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly visit: number | null;
  /** Visit whose path the steps show; null until something is verified. */
  readonly leaf: number | null;
  readonly lens: Lens;
  readonly workspace: Workspace;
  readonly level: 1 | 2;
  readonly packetHex: string;
  readonly engine: 'jit' | 'interp';
  /** Runs on the same packet; more than one gives an average time. */
  readonly repeat: number;
  readonly theme: Theme;
  readonly mobileTab: MobileTab;
  readonly notice: string | null;
}

const THEME_KEY = 'xlated.theme';

function savedTheme(): Theme {
  try {
    const saved = localStorage.getItem(THEME_KEY);
    return saved === 'light' || saved === 'dark' ? saved : 'system';
  } catch {
    return 'system';
  }
}

export const useView = create<ViewState>(() => ({
  program: null,
  kinds: {},
  visit: null,
  leaf: null,
  lens: 'path',
  workspace: 'verify',
  level: 2,
  packetHex: toHex(DEFAULT_PACKET),
  engine: 'jit',
  repeat: 1,
  theme: savedTheme(),
  mobileTab: 'why',
  notice: null,
}));

export function setTheme(theme: Theme): void {
  useView.setState({ theme });
  try {
    if (theme === 'system') localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Private mode without storage: the choice lasts for this visit.
  }
}

let noticeTimer: ReturnType<typeof setTimeout> | undefined;

/** A short message that goes away by itself. */
export function notify(notice: string): void {
  useView.setState({ notice });
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => useView.setState({ notice: null }), 6000);
}
