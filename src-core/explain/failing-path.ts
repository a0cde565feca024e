import type { BpfInsns } from '../isa/program.ts';
import type { FrameView, Reason, VerifierEvent } from '../verifier/events.ts';
import { WalkTrace } from './trace.ts';

/** One visit on the path that failed, with what the verifier knew before it. */
export interface PathStep {
  readonly visit: number;
  readonly insn: number;
  /** Call frames, outermost first; null where the path is too long to keep all. */
  readonly frames: readonly FrameView[] | null;
}

/** The path from the entry to the instruction that was refused, and what was said there. */
export interface FailingPath {
  readonly insns: BpfInsns;
  readonly steps: readonly PathStep[];
  readonly reasons: readonly Reason[];
  readonly errno: number;
}

/** States are kept for the end of a long path: causes further back are named without them. */
const MAX_STATES = 4096;

export type WalkWithEvents = (onEvent: (event: VerifierEvent) => void) => void;

/**
 * Walks twice, since the walk is deterministic: once for the path, once for the states along it. Null when the
 * verifier refused the program before its walk, or did not refuse it.
 */
export function failingPath(insns: BpfInsns, walk: WalkWithEvents): FailingPath | null {
  const trace = new WalkTrace(1, 0);
  let refusal: Extract<VerifierEvent, { kind: 'reject' }> | null = null;
  walk((event) => {
    trace.listen(event);
    if (event.kind === 'reject') refusal = event;
  });
  const found = refusal as Extract<VerifierEvent, { kind: 'reject' }> | null;
  if (found === null) return null;
  const visits = trace.visits === 0 ? [] : trace.pathTo(trace.visits);
  const wanted = new Set(visits.slice(-MAX_STATES));
  const states = new Map<number, readonly FrameView[]>();
  walk((event) => {
    if (event.kind === 'visit' && wanted.has(event.visit)) states.set(event.visit, event.frames());
  });
  const steps = visits.map((visit) => ({
    visit,
    insn: trace.insnOf(visit),
    frames: states.get(visit) ?? null,
  }));
  return { insns, steps, reasons: found.reasons, errno: found.errno };
}
