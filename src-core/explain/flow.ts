import {
  BPF_ALU,
  BPF_ALU64,
  BPF_ATOMIC,
  BPF_CALL,
  BPF_CMPXCHG,
  BPF_EXIT,
  BPF_FETCH,
  BPF_IMM,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  BPF_LDX,
  BPF_MOV,
  BPF_PSEUDO_CALL,
  BPF_ST,
  BPF_STX,
  BPF_X,
} from '../isa/opcodes.ts';
import type { RawInsn } from '../isa/program.ts';
import type { FrameView, RegView } from '../verifier/events.ts';
import type { FailingPath, PathStep } from './failing-path.ts';

/** Where a value is kept: a register, or eight bytes of a frame's stack. */
export type Place =
  | { readonly kind: 'reg'; readonly frame: number; readonly reg: number }
  | { readonly kind: 'slot'; readonly frame: number; readonly off: number };

/** What an instruction of the path did to a value that is followed back. */
export type Deed =
  /** It was made here: a load, a constant, the result of a call, an argument of the program. */
  | 'made'
  /** It came here from another register or from the stack. */
  | 'moved'
  /** It was computed from itself and something else. */
  | 'changed'
  /** A branch compared it. */
  | 'compared'
  /** A call took it away. */
  | 'lost';

export interface FlowStep {
  /** Index in the path. */
  readonly step: number;
  readonly insn: number;
  readonly deed: Deed;
  /** Where the value was before this instruction; null when it was not yet. */
  readonly place: Place | null;
}

const classOf = (code: number): number => code & 7;
const opOf = (code: number): number => code & 0xf0;

export const depthOf = (step: PathStep): number | null =>
  step.frames === null ? null : step.frames.length - 1;

export function regAt(step: PathStep, frame: number, reg: number): RegView | null {
  return step.frames?.[frame]?.regs[reg] ?? null;
}

const isCallOf = (insn: RawInsn): boolean => classOf(insn.code) === BPF_JMP && opOf(insn.code) === BPF_CALL;
const isLdImm64 = (insn: RawInsn): boolean => classOf(insn.code) === BPF_LD && (insn.code & 0xe0) === BPF_IMM;

/** Bytes of the stack that an instruction reads or writes through a register that points into it, or null. */
function stackPlace(step: PathStep, base: number, off: number): Place | null {
  const depth = depthOf(step);
  const pointer = depth === null ? null : regAt(step, depth, base);
  if (pointer === null || pointer.type !== 'fp') return null;
  const at = pointer.off + off;
  return { kind: 'slot', frame: pointer.frameno, off: at & -8 };
}

const same = (a: Place, b: Place): boolean =>
  a.kind === b.kind &&
  a.frame === b.frame &&
  (a.kind === 'reg' ? a.reg === (b as typeof a).reg : a.off === (b as typeof a).off);

/** The register that a compared one stands for the same number as: itself, or one that shares its id. */
function isSameValue(step: PathStep, frame: number, reg: number, place: Place): boolean {
  if (place.kind === 'reg' && place.frame === frame && place.reg === reg) return true;
  if (place.kind !== 'reg') return false;
  const a = regAt(step, frame, reg);
  const b = regAt(step, place.frame, place.reg);
  return a !== null && b !== null && a.id !== 0 && a.id === b.id;
}

interface Back {
  readonly deed: Deed;
  readonly place: Place | null;
}

/** What one instruction did to the value in `place` after it; null when it did not touch it. */
function undo(insn: RawInsn, step: PathStep, next: PathStep | null, place: Place): Back | null {
  const depth = depthOf(step);
  if (depth === null) return null;
  const own = (reg: number): Place => ({ kind: 'reg', frame: depth, reg });
  switch (classOf(insn.code)) {
    case BPF_ALU:
    case BPF_ALU64:
      if (!same(place, own(insn.dst))) return null;
      if (opOf(insn.code) !== BPF_MOV) return { deed: 'changed', place: changedFrom(insn, step, depth) };
      return (insn.code & BPF_X) === 0
        ? { deed: 'made', place: null }
        : { deed: 'moved', place: own(insn.src) };
    case BPF_LD:
      if (same(place, own(isLdImm64(insn) ? insn.dst : 0))) return { deed: 'made', place: null };
      return null;
    case BPF_LDX: {
      if (!same(place, own(insn.dst))) return null;
      const slot = stackPlace(step, insn.src, insn.off);
      return slot === null ? { deed: 'made', place: null } : { deed: 'moved', place: slot };
    }
    case BPF_ST:
    case BPF_STX:
      return undoStore(insn, step, depth, place);
    case BPF_JMP:
    case BPF_JMP32:
      return undoJump(insn, step, next, place);
    default:
      return null;
  }
}

/** Of two operands the pointer is the one to follow; of two numbers the one that was there. */
function changedFrom(insn: RawInsn, step: PathStep, depth: number): Place {
  const usesReg = (insn.code & BPF_X) !== 0 && opOf(insn.code) !== 0x80 && opOf(insn.code) !== 0xd0;
  const dst = regAt(step, depth, insn.dst);
  const src = usesReg ? regAt(step, depth, insn.src) : null;
  const srcIsPointer = src !== null && src.type !== 'scalar' && dst?.type === 'scalar';
  return { kind: 'reg', frame: depth, reg: srcIsPointer ? insn.src : insn.dst };
}

function undoStore(insn: RawInsn, step: PathStep, depth: number, place: Place): Back | null {
  if (classOf(insn.code) === BPF_STX && (insn.code & 0xe0) === BPF_ATOMIC) {
    const target = insn.imm === BPF_CMPXCHG ? 0 : insn.src;
    const fetches = (insn.imm & BPF_FETCH) !== 0;
    return fetches && same(place, { kind: 'reg', frame: depth, reg: target })
      ? { deed: 'made', place: null }
      : null;
  }
  const slot = stackPlace(step, insn.dst, insn.off);
  if (slot === null || !same(slot, place)) return null;
  return classOf(insn.code) === BPF_ST
    ? { deed: 'made', place: null }
    : { deed: 'moved', place: { kind: 'reg', frame: depth, reg: insn.src } };
}

function undoJump(insn: RawInsn, step: PathStep, next: PathStep | null, place: Place): Back | null {
  const depth = depthOf(step) ?? 0;
  const after = next === null ? depth : (depthOf(next) ?? depth);
  if (isCallOf(insn)) return undoCall(insn, depth, after, place);
  if (classOf(insn.code) === BPF_JMP && opOf(insn.code) === BPF_EXIT) return undoExit(depth, after, place);
  if (opOf(insn.code) === 0 || opOf(insn.code) === 0xe0) return null;
  const compares =
    isSameValue(step, depth, insn.dst, place) ||
    ((insn.code & BPF_X) !== 0 && isSameValue(step, depth, insn.src, place));
  return compares ? { deed: 'compared', place } : null;
}

function undoCall(insn: RawInsn, depth: number, after: number, place: Place): Back | null {
  if (place.kind !== 'reg') return null;
  if (after > depth && place.frame === after) {
    // Into a function: its r1 to r5 are the caller's.
    const given = place.reg >= 1 && place.reg <= 5 && insn.src === BPF_PSEUDO_CALL;
    return given ? { deed: 'moved', place: { ...place, frame: depth } } : { deed: 'made', place: null };
  }
  if (place.frame !== depth || place.reg > 5) return null;
  if (after > depth) return null;
  return { deed: place.reg === 0 ? 'made' : 'lost', place: null };
}

function undoExit(depth: number, after: number, place: Place): Back | null {
  if (after >= depth || place.kind !== 'reg' || place.frame !== after) return null;
  if (place.reg === 0) return { deed: 'moved', place: { kind: 'reg', frame: depth, reg: 0 } };
  return place.reg <= 5 ? { deed: 'lost', place: null } : null;
}

/**
 * Follows the value that `place` holds before step `from` back to where it was made, newest first. A path whose
 * states were not kept ends the search where they end.
 */
export function followBack(path: FailingPath, from: number, place: Place): FlowStep[] {
  const out: FlowStep[] = [];
  let at: Place | null = place;
  for (let i = from - 1; i >= 0 && at !== null; i--) {
    const step = path.steps[i];
    if (step.frames === null) break;
    const back: Back | null = undo(path.insns.at(step.insn), step, path.steps[i + 1] ?? null, at);
    if (back === null) continue;
    out.push({ step: i, insn: step.insn, deed: back.deed, place: back.place });
    if (back.deed !== 'compared') at = back.place;
  }
  return out;
}

/** A register of the frame that is running, before a step. */
export function currentReg(step: PathStep, reg: number): RegView | null {
  const frames: readonly FrameView[] | null = step.frames;
  return frames === null ? null : (frames[frames.length - 1]?.regs[reg] ?? null);
}
