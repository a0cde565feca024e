import { CallFailed } from '../../src-core/worker/client.ts';
import type { ProgramView, Source } from '../../src-core/worker/protocol.ts';
import { core } from '../core.ts';
import { parseHex } from '../lib/hex.ts';
import { setSource, useDocument } from './document.ts';
import { EMPTY_RESULTS, useResults } from './results.ts';
import { notify, useView } from './view.ts';

const MAX_FILE = 32 << 20;
const MAP_ROWS = 500;
const TYPING_PAUSE_MS = 350;

const stale = (version: number): boolean => useDocument.getState().version !== version;

/** Words for a failed call; a stop that the person asked for is no fault. */
function faultOf(e: unknown): string | null {
  if (e instanceof CallFailed)
    return e.why === 'stopped'
      ? e.message
      : e.why === 'input'
        ? e.message
        : `xlated has a bug: ${e.message.split('\n')[0]}`;
  return e instanceof Error ? e.message : String(e);
}

function fail(e: unknown): void {
  useResults.setState({ phase: 'idle', progress: null, running: false, fault: faultOf(e) });
}

/** Index of the chosen program; the first where the choice is not there (any more). */
export function programIndex(programs: readonly ProgramView[], name: string | null): number {
  return Math.max(
    0,
    programs.findIndex((p) => p.name === name),
  );
}

/** Counts what was asked of the Worker: an answer to an earlier question is dropped. */
let turn = 0;
/** A refusal is being explained: the verdict is shown, the Worker is still busy. */
let explaining = false;

/** A new question: what the Worker is still busy with is ended at once, since nobody waits for it any more. */
function takeTurn(): { readonly superseded: () => boolean; readonly restarted: boolean } {
  const mine = ++turn;
  const restarted = explaining || useResults.getState().phase !== 'idle';
  if (restarted) core.stop('superseded');
  return { superseded: () => mine !== turn, restarted };
}

/** Opens the document in the Worker and verifies the chosen program. `step` is the visit to select, if it is there. */
export async function check(step: number | null = null): Promise<void> {
  const { source, version } = useDocument.getState();
  const { superseded } = takeTurn();
  // The last good result stays on screen until the new one is there.
  useResults.setState({ phase: 'opening', fault: null, progress: null });
  try {
    const opened = await core.call('open', { source, kinds: useView.getState().kinds });
    if (stale(version)) return;
    if (opened.programs.length === 0) {
      useResults.setState({ ...EMPTY_RESULTS, version, opened });
      return;
    }
    useResults.setState({ version, opened, phase: 'verifying', run: null, mapsBefore: null });
    await verifyChosen(version, step);
  } catch (e) {
    if (!superseded() && !stale(version)) fail(e);
  }
}

async function verifyChosen(version: number, step: number | null): Promise<void> {
  const { opened } = useResults.getState();
  if (opened === null) return;
  const { program, level } = useView.getState();
  const index = programIndex(opened.programs, program);
  const verified = await core.call('verify', { program: index, level }, (progress) =>
    useResults.setState({ progress }),
  );
  if (stale(version)) return;
  useResults.setState({ verified, why: null, phase: 'idle', progress: null, path: [], state: null });
  const visit = step !== null && step <= verified.visits ? step : verified.focus;
  await Promise.all([select(visit), loadMaps()]);
  if (verified.verdict === 'reject') await explainRefusal(version);
}

/** Works out why, after the verdict is shown: it takes a few verifications more. */
async function explainRefusal(version: number): Promise<void> {
  explaining = true;
  try {
    const why = await core.call('explain', null);
    if (!stale(version)) useResults.setState({ why });
  } finally {
    explaining = false;
  }
}

/** First end of a path at or after this visit: depth-first order makes it an end of this visit's own path. */
function leafFor(visit: number): number {
  const { verified } = useResults.getState();
  return verified?.paths.find((p) => p.visit >= visit)?.visit ?? verified?.visits ?? visit;
}

/** Selects a visit; the steps follow to a path through it. */
export async function select(visit: number | null, leaf: number | null = null): Promise<void> {
  if (visit === null) {
    useView.setState({ visit: null, leaf: null });
    useResults.setState({ path: [], state: null });
    return;
  }
  const { path } = useResults.getState();
  const onPath = leaf === null && path.some((s) => s.visit === visit);
  useView.setState({ visit });
  try {
    if (!onPath) {
      const end = leaf ?? leafFor(visit);
      const steps = await core.call('path', { visit: end });
      if (useView.getState().visit !== visit) return;
      useView.setState({ leaf: end });
      useResults.setState({ path: steps });
    }
    const state = await core.call('state', { visit });
    if (useView.getState().visit === visit) useResults.setState({ state });
  } catch (e) {
    fail(e);
  }
}

/** Moves the selection along the path by `by` steps. */
export function stepBy(by: number): void {
  const { path } = useResults.getState();
  const { visit } = useView.getState();
  const at = path.findIndex((s) => s.visit === visit);
  const next = path[Math.min(path.length - 1, Math.max(0, at + by))];
  if (next !== undefined && next.visit !== visit) void select(next.visit);
}

export function selectEdge(edge: 'first' | 'last'): void {
  const { path } = useResults.getState();
  const step = edge === 'first' ? path[0] : path[path.length - 1];
  if (step !== undefined) void select(step.visit);
}

/** Shows the path that ends `by` places further in the walk. */
export function otherPath(by: number): void {
  const { verified } = useResults.getState();
  const { leaf } = useView.getState();
  if (verified === null) return;
  const at = verified.paths.findIndex((p) => p.visit === leaf);
  const next = verified.paths[at + by];
  if (next !== undefined) void select(next.visit, next.visit);
}

export async function chooseProgram(name: string): Promise<void> {
  useView.setState({ program: name });
  const { version } = useDocument.getState();
  const { superseded, restarted } = takeTurn();
  // A Worker that was ended knows no object: it is opened again.
  if (restarted) return check();
  useResults.setState({ phase: 'verifying', progress: null, run: null, fault: null });
  try {
    await verifyChosen(version, null);
  } catch (e) {
    if (!superseded()) fail(e);
  }
}

export async function chooseLevel(level: 1 | 2): Promise<void> {
  useView.setState({ level });
  await check(useView.getState().visit);
}

/** Ends whatever the Worker does; the document stays. */
export function stop(): void {
  core.stop('Stopped. Your text is untouched; verify again with Ctrl+Enter.');
}

let typing: ReturnType<typeof setTimeout> | undefined;

/** Text changed by typing: verified after a pause. */
export function edit(text: string): void {
  const { source } = useDocument.getState();
  if (source.kind === 'asm' && source.text === text) return;
  const name = source.kind === 'asm' ? source.name : `${source.name.replace(/\.[a-z]+$/, '')}.s`;
  setSource({ kind: 'asm', name, text });
  clearTimeout(typing);
  typing = setTimeout(() => void check(), TYPING_PAUSE_MS);
}

/** Replaces the document and verifies it. */
export async function openSource(source: Source): Promise<void> {
  clearTimeout(typing);
  setSource(source);
  useView.setState({ program: null, kinds: {}, visit: null, leaf: null });
  await check();
}

/** Says what a program is whose section does not, and verifies it as that. */
export async function chooseKind(program: string, kind: string): Promise<void> {
  useView.setState((s) => ({ kinds: { ...s.kinds, [program]: kind }, program }));
  await check();
}

const isElf = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;

/** Opens a dropped or chosen file: an object by its ELF magic, text as assembly. */
export async function openFile(file: File): Promise<void> {
  if (file.size > MAX_FILE) {
    notify(`${file.name} has ${Math.ceil(file.size / (1 << 20))} MB; xlated opens files up to 32 MB.`);
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = file.name.endsWith('.s') || file.name.endsWith('.txt');
  if (isElf(bytes) || !text) await openSource({ kind: 'object', name: file.name, bytes });
  else await openSource({ kind: 'asm', name: file.name, text: new TextDecoder().decode(bytes) });
}

/** Runs the accepted program on the packet of the editor. */
export async function runProgram(): Promise<void> {
  const { opened, verified } = useResults.getState();
  const { program, packetHex, engine, repeat } = useView.getState();
  const packet = parseHex(packetHex);
  if (opened === null || verified?.verdict !== 'accept' || !packet.ok) return;
  useResults.setState({ running: true, mapsBefore: useResults.getState().maps });
  try {
    const index = programIndex(opened.programs, program);
    const run = await core.call('run', { program: index, data: packet.bytes, engine, repeat });
    useResults.setState({ run, running: false });
    await loadMaps();
  } catch (e) {
    fail(e);
  }
}

export async function loadMaps(): Promise<void> {
  useResults.setState({ maps: await core.call('maps', { limit: MAP_ROWS }) });
}

export async function resetMaps(): Promise<void> {
  try {
    await core.call('resetMaps', null);
    useResults.setState({ mapsBefore: null, run: null });
    await loadMaps();
  } catch (e) {
    fail(e);
  }
}

/** Selects the visit of this instruction on the current path, else its first visit in the walk. */
export async function selectSlot(slot: number): Promise<void> {
  const onPath = useResults.getState().path.find((s) => s.slot === slot);
  if (onPath !== undefined) return select(onPath.visit);
  try {
    const visit = await core.call('firstVisit', { slot });
    if (visit === null) notify('The verifier did not come to this instruction.');
    else await select(visit);
  } catch (e) {
    fail(e);
  }
}

/** Turns the opened object into assembly text that can be edited. */
export async function editAsAssembly(): Promise<void> {
  const { source } = useDocument.getState();
  try {
    const text = await core.call('toAssembly', null);
    await openSource({ kind: 'asm', name: source.name.replace(/\.[a-z]+$/, '.s'), text });
  } catch (e) {
    fail(e);
  }
}

/** Selects the step whose text stands at this character of the log; lines before the first step select nothing. */
export async function selectLogLine(at: number): Promise<void> {
  try {
    const visit = await core.call('visitAtLog', { at });
    if (visit !== null) await select(visit);
  } catch (e) {
    fail(e);
  }
}

/** Lines [first, end) of the log that belong to a step, given where each line starts; null when there are none. */
export async function logLineOf(
  visit: number | null,
  lines: readonly { readonly at: number }[],
): Promise<{ readonly first: number; readonly end: number } | null> {
  if (visit === null || lines.length === 0) return null;
  try {
    const at = await core.call('logPosition', { visit });
    if (at === null) return null;
    const next = await core.call('logPosition', { visit: visit + 1 });
    const lineAt = (position: number): number => {
      const found = lines.findIndex((l) => l.at >= position);
      return found < 0 ? lines.length : found;
    };
    const first = lineAt(at);
    return { first, end: Math.max(first + 1, next === null ? lines.length : lineAt(next)) };
  } catch (e) {
    fail(e);
    return null;
  }
}

/** Writes one element of a map, as BPF_MAP_UPDATE_ELEM; a refusal is told with its errno. */
export async function writeElement(index: number, key: Uint8Array, value: Uint8Array): Promise<boolean> {
  return mapCommand('write', () => core.call('mapUpdate', { index, key, value }));
}

export async function deleteElement(index: number, key: Uint8Array): Promise<boolean> {
  return mapCommand('delete', () => core.call('mapDelete', { index, key }));
}

async function mapCommand(what: string, run: () => Promise<number>): Promise<boolean> {
  try {
    const result = await run();
    if (result < 0) notify(`The kernel would not ${what} this element: errno ${-result}.`);
    useResults.setState({ mapsBefore: useResults.getState().maps });
    await loadMaps();
    return result >= 0;
  } catch (e) {
    fail(e);
    return false;
  }
}
