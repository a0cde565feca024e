import { BPF_CALL, BPF_DW, BPF_JMP, BPF_LDX, BPF_MEM, BPF_REG_10, BPF_STX } from '../../isa/opcodes.ts';
import type { SubprogInfo, VerifierEnv } from '../state/env.ts';
import { BPF_REG_SIZE } from '../state/frame.ts';
import { callSummary } from './call-summary.ts';

const SPILL = BPF_STX | BPF_MEM | BPF_DW;
const FILL = BPF_LDX | BPF_MEM | BPF_DW;
const CALLER_SAVED_REGS = 6;

/** Lowest offset at which the subprogram spills eight bytes to its frame, 0 for none. */
function lowestSpill(env: VerifierEnv, start: number, end: number): number {
  const { code, dst, off } = env.insns;
  let lowest = 0;
  for (let i = start; i < end; i++) {
    if (code[i] === SPILL && dst[i] === BPF_REG_10) lowest = Math.min(lowest, off[i]);
  }
  return lowest;
}

/** Do `stx` and `ldx` save and restore the same register of `regs` at r10 + `off`? */
function isSpillFillPair(env: VerifierEnv, stx: number, ldx: number, off: number, regs: number): boolean {
  const { insns } = env;
  return (
    insns.code[stx] === SPILL &&
    insns.code[ldx] === FILL &&
    insns.dst[stx] === BPF_REG_10 &&
    insns.src[ldx] === BPF_REG_10 &&
    insns.src[stx] === insns.dst[ldx] &&
    (regs & (1 << insns.src[stx])) !== 0 &&
    insns.off[stx] === off &&
    insns.off[ldx] === off
  );
}

/** mark_fastcall_pattern_for_call(): spills before and fills after a call that keeps the registers. */
function markPattern(env: VerifierEnv, subprog: SubprogInfo, call: number, lowestOff: number): void {
  const summary = callSummary(env, call);
  if (summary === null) return;
  const { insns, aux } = env;
  const clobbered = ((1 << (summary.numParams + 1)) - 1) & ~(summary.isVoid ? 1 : 0);
  let expected = ~clobbered & ((1 << CALLER_SAVED_REGS) - 1);
  let off = lowestOff;
  let pairs = 0;
  for (let i = 1; i <= CALLER_SAVED_REGS; i++, off += BPF_REG_SIZE) {
    if (call - i < 0 || call + i >= insns.length) break;
    if (!isSpillFillPair(env, call - i, call + i, off, expected)) break;
    expected &= ~(1 << insns.src[call - i]);
    aux.fastcallPattern[call - i] = 1;
    aux.fastcallPattern[call + i] = 1;
    pairs++;
  }
  if (pairs === 0) return;
  if (summary.fastcall) aux.fastcallSpillsNum[call] = pairs;
  else subprog.keepFastcallStack = true;
  subprog.fastcallStackOff = Math.min(subprog.fastcallStackOff, off);
}

/** mark_fastcall_patterns(): which spills and fills a later pass may drop. */
export function markFastcallPatterns(env: VerifierEnv): void {
  const { code } = env.insns;
  for (const [s, subprog] of env.subprogs.entries()) {
    const end = env.subprogEnd(s);
    const lowest = lowestSpill(env, subprog.start, end);
    for (let i = subprog.start; i < end; i++) {
      if (code[i] === (BPF_JMP | BPF_CALL)) markPattern(env, subprog, i, lowest);
    }
  }
}
