import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_JMP32,
  BPF_K,
  BPF_MAY_GOTO,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_FUNC,
  classOf,
  LD_IMM64,
  opOf,
} from '../../isa/opcodes.ts';
import { BpfInsns } from '../../isa/program.ts';
import type { XlatedProgram } from '../api.ts';
import type { VerifierEnv } from '../state/env.ts';
import { dumpProgram } from './dump.ts';

const JA = BPF_JMP | BPF_JA | BPF_K;
const MAY_GOTO = BPF_JMP | BPF_JCOND;

function isCondJump(code: number): boolean {
  const cls = classOf(code);
  const op = opOf(code);
  if (cls === BPF_JMP32) return op !== BPF_JA;
  return cls === BPF_JMP && op !== BPF_JA && op !== BPF_EXIT && op !== BPF_CALL;
}

/** What a slot's jump distance is kept in, if it has one. */
function distanceField(insns: BpfInsns, i: number): 'off' | 'imm' | null {
  const code = insns.code[i];
  if (code === LD_IMM64) return insns.src[i] === BPF_PSEUDO_FUNC ? 'imm' : null;
  const cls = classOf(code);
  if (cls !== BPF_JMP && cls !== BPF_JMP32) return null;
  const op = opOf(code);
  if (op === BPF_EXIT) return null;
  if (op === BPF_CALL) return insns.src[i] === BPF_PSEUDO_CALL ? 'imm' : null;
  return cls === BPF_JMP32 && op === BPF_JA ? 'imm' : 'off';
}

function setJa(insns: BpfInsns, i: number, off: number): void {
  insns.set(i, { code: JA, dst: 0, src: 0, off, imm: 0 });
}

/** opt_hard_wire_dead_code_branches(): a branch that one way never goes becomes a jump, or nothing. */
function hardWireBranches(insns: BpfInsns, seen: Uint8Array): void {
  for (let i = 0; i < insns.length; i++) {
    if (!isCondJump(insns.code[i])) continue;
    const off = insns.off[i];
    if (!seen[i + 1]) setJa(insns, i, off);
    else if (!seen[i + 1 + off]) setJa(insns, i, 0);
  }
}

/** remove_fastcall_spills_fills(): spills and fills round calls that keep the registers anyway. */
export function removeFastcallSpills(env: VerifierEnv, insns: BpfInsns): void {
  const { fastcallSpillsNum } = env.aux;
  env.subprogs.forEach((sub, n) => {
    let modified = false;
    for (let i = sub.start; i < env.subprogEnd(n); i++) {
      for (let j = 1; j <= fastcallSpillsNum[i]; j++) {
        setJa(insns, i - j, 0);
        setJa(insns, i + j, 0);
        modified = true;
      }
    }
    if (modified && !sub.keepFastcallStack) sub.stackDepth = -sub.fastcallStackOff;
  });
}

/** Numbers of the kept slots: old slot to new, -1 for dropped ones; entry [length] is the new length. */
function numberKept(keep: Uint8Array): Int32Array {
  const to = new Int32Array(keep.length + 1);
  let n = 0;
  for (let i = 0; i < keep.length; i++) to[i] = keep[i] ? n++ : -1;
  to[keep.length] = n;
  // A jump to a dropped slot lands on the next one that stays.
  for (let i = keep.length - 1; i >= 0; i--) if (to[i] < 0) to[i] = to[i + 1];
  return to;
}

interface Compact {
  readonly insns: BpfInsns;
  readonly origin: Int32Array;
  readonly to: Int32Array;
}

function compact(insns: BpfInsns, keep: Uint8Array): Compact {
  const to = numberKept(keep);
  const out = new BpfInsns(to[insns.length]);
  const origin = new Int32Array(out.length);
  for (let i = 0; i < insns.length; i++) {
    if (!keep[i]) continue;
    const at = to[i];
    out.set(at, insns.at(i));
    origin[at] = i;
    const field = distanceField(insns, i);
    if (field === 'off') out.off[at] = to[i + 1 + insns.off[i]] - at - 1;
    else if (field === 'imm') out.imm[at] = to[i + 1 + insns.imm[i]] - at - 1;
  }
  return { insns: out, origin, to };
}

const isNop = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === JA &&
  insns.off[i] === 0 &&
  insns.imm[i] === 0 &&
  insns.dst[i] === 0 &&
  insns.src[i] === 0;

const isMayGoto = (insns: BpfInsns, i: number): boolean =>
  insns.code[i] === MAY_GOTO && insns.src[i] === BPF_MAY_GOTO;

/** opt_remove_nops(): jumps to the next slot go, and may_gotos that then jump nowhere. */
function keepWithoutNops(insns: BpfInsns): Uint8Array {
  const keep = new Uint8Array(insns.length).fill(1);
  const dropMayGotos = (from: number): void => {
    for (let i = from; i >= 0; i--) {
      if (!keep[i]) continue;
      if (!isMayGoto(insns, i) || insns.off[i] < 0) return;
      const span = keep.subarray(i + 1, i + 1 + insns.off[i]);
      if (span.some((k) => k !== 0)) return;
      keep[i] = 0;
    }
  };
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] === LD_IMM64) i++;
    else if (isNop(insns, i)) keep[i] = 0;
    else if (isMayGoto(insns, i) && insns.off[i] === 0) {
      keep[i] = 0;
      dropMayGotos(i - 1);
    }
  }
  return keep;
}

/** First slots of the subprograms that are left. */
function movedStarts(starts: readonly number[], length: number, to: Int32Array): number[] {
  const out: number[] = [];
  starts.forEach((start, n) => {
    const end = n + 1 < starts.length ? starts[n + 1] : length;
    if (to[start] !== to[end]) out.push(to[start]);
  });
  return out;
}

/**
 * The program that runs: dead code and empty jumps removed (opt_hard_wire_dead_code_branches(),
 * opt_remove_dead_code(), opt_remove_nops(), Linux 6.18). Context accesses and helper calls stay as they are
 * written. `insns` may be changed.
 */
export function rewriteProgram(env: VerifierEnv, insns: BpfInsns): XlatedProgram {
  hardWireBranches(insns, env.aux.seen);
  const starts = env.subprogs.map((s) => s.start);
  const live = compact(insns, env.aux.seen);
  const liveStarts = movedStarts(starts, insns.length, live.to);
  const last = compact(live.insns, keepWithoutNops(live.insns));
  const origin = last.origin.map((i) => live.origin[i]);
  const subprogStarts = movedStarts(liveStarts, live.insns.length, last.to);
  return {
    insns: last.insns,
    subprogStarts,
    mapRefs: mapRefs(env, last.insns, origin),
    origin,
    dump: () => dumpProgram(env, { insns: last.insns, subprogStarts, origin }),
  };
}

function mapRefs(env: VerifierEnv, insns: BpfInsns, origin: Int32Array): XlatedProgram['mapRefs'] {
  const refs: { insn: number; map: VerifierEnv['maps'][number]; valueOffset: number | null }[] = [];
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] !== LD_IMM64) continue;
    const index = env.aux.mapIndex[origin[i]];
    const off = env.aux.mapOff[origin[i]];
    if (index > 0) refs.push({ insn: i, map: env.maps[index - 1], valueOffset: off < 0 ? null : off });
    i++;
  }
  return refs;
}
