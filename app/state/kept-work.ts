import { create } from 'zustand';
import { bytesToText, textToBytes } from '../../src-core/util/byte-text.ts';
import type { Source } from '../../src-core/worker/protocol.ts';
import { EXAMPLES, STARTER } from '../examples.ts';
import { useDocument } from './document.ts';

/** One thing a person worked on, as the browser keeps it. */
export interface KeptWork {
  readonly id: string;
  readonly name: string;
  readonly kind: Source['kind'];
  /** Text, or an object's bytes in base64. */
  readonly content: string;
}

const KEY = 'xlated.work.1';
const MOST = 8;
/** Browsers keep about 5 MB for a site: larger work is not kept. */
const MAX_CONTENT = 1 << 20;
const PAUSE_MS = 250;

function isKept(value: unknown): value is KeptWork {
  const v = value as Partial<Record<keyof KeptWork, unknown>> | null;
  return (
    typeof v === 'object' &&
    v !== null &&
    typeof v.id === 'string' &&
    typeof v.name === 'string' &&
    typeof v.content === 'string' &&
    (v.kind === 'asm' || v.kind === 'object')
  );
}

/** What the browser keeps, newest first; nothing where storage is off or holds something else. */
function read(): readonly KeptWork[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter(isKept).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Recent work, newest first. */
export const useKeptWork = create<{ readonly works: readonly KeptWork[] }>(() => ({ works: read() }));

/** The kept work that the document is; another one for every source that is opened. */
let current: string | null = null;

function contentOf(source: Source): string {
  return source.kind === 'asm' ? source.text : btoa(bytesToText(source.bytes));
}

export function sourceOf(work: KeptWork): Source {
  const { name, content } = work;
  return work.kind === 'asm'
    ? { kind: 'asm', name, text: content }
    : { kind: 'object', name, bytes: textToBytes(atob(content)) };
}

const isExample = (source: Source): boolean =>
  source.kind === 'asm' && [STARTER, ...EXAMPLES].some((x) => x.text === source.text);

function write(works: readonly KeptWork[]): void {
  useKeptWork.setState({ works });
  try {
    localStorage.setItem(KEY, JSON.stringify(works));
  } catch {
    // Storage is off or full: the work lives as long as the page.
  }
}

function keep(source: Source): void {
  const content = contentOf(source);
  if (content.length > MAX_CONTENT || isExample(source)) return;
  const works = read();
  const same = works.find((w) => w.name === source.name && w.content === content);
  current ??= same?.id ?? crypto.randomUUID();
  const work: KeptWork = { id: current, name: source.name, kind: source.kind, content };
  write([work, ...works.filter((w) => w.id !== work.id)].slice(0, MOST));
}

/** True when the new source is the old one edited, and not another one opened. */
const isEdit = (before: Source, after: Source): boolean =>
  before.kind === 'asm' && after.kind === 'asm' && before.name === after.name;

/** Keeps every change of the document in the browser, a moment after it. Ends with what it returns. */
export function keepWork(): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
    keep(useDocument.getState().source);
  };
  const leave = (): void => {
    if (waiting !== undefined) save();
  };
  const end = useDocument.subscribe(({ source }, before) => {
    if (source === before.source) return;
    if (!isEdit(before.source, source)) current = null;
    // The address no longer says what is on the page: a reload must not bring back the link's text.
    if (location.hash !== '' && isEdit(before.source, source)) {
      history.replaceState(null, '', location.pathname + location.search);
    }
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE_MS);
  });
  addEventListener('pagehide', leave);
  return () => {
    clearTimeout(waiting);
    removeEventListener('pagehide', leave);
    end();
  };
}

/** The newest kept work, to go on with after a reload. */
export function lastWork(): Source | null {
  const [work] = useKeptWork.getState().works;
  if (work === undefined) return null;
  try {
    const source = sourceOf(work);
    current = work.id;
    return source;
  } catch {
    return null;
  }
}
