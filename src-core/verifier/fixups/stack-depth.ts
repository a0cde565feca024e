import { BPF_CALL, BPF_JCOND, BPF_JMP } from '../../isa/opcodes.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import type { VerifierEnv } from '../state/env.ts';

/** aux.loopInline of a bpf_loop() call that could be inlined. */
const LOOP_FITS = 1;
/** Bytes that an inlined bpf_loop() keeps its registers in. */
const LOOP_STACK = 24;
/** Bytes of a timed may_goto: counter and time stamp. */
const MAY_GOTO_STACK = 16;

function isInlinedLoop(env: VerifierEnv, i: number): boolean {
  const { insns } = env;
  const isLoop =
    insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === 0 && insns.imm[i] === BPF_FUNC.loop;
  return isLoop && env.aux.loopInline[i] === LOOP_FITS;
}

function some(env: VerifierEnv, subprog: number, test: (i: number) => boolean): boolean {
  for (let i = env.subprogs[subprog].start; i < env.subprogEnd(subprog); i++) if (test(i)) return true;
  return false;
}

/** optimize_bpf_loop(): the stack that inlined loops would take; the calls themselves stay. */
export function growForInlinedLoops(env: VerifierEnv): void {
  env.subprogs.forEach((sub, n) => {
    if (some(env, n, (i) => isInlinedLoop(env, i))) sub.stackDepth = ((sub.stackDepth + 7) & -8) + LOOP_STACK;
  });
}

/** do_misc_fixups(): the stack of may_goto's counter, where one survives the removal of dead code. */
export function growForMayGoto(env: VerifierEnv): void {
  const isMayGoto = (i: number): boolean =>
    env.insns.code[i] === (BPF_JMP | BPF_JCOND) && env.insns.off[i] !== 0 && env.aux.seen[i] !== 0;
  env.subprogs.forEach((sub, n) => {
    if (some(env, n, isMayGoto)) sub.stackDepth += MAY_GOTO_STACK;
  });
}

/** Stack of each subprogram that is left after the removal of dead code (adjust_subprog_starts_after_remove()). */
export function remainingStackDepths(env: VerifierEnv): number[] {
  const isWalked = (n: number): boolean => some(env, n, (i) => env.aux.seen[i] !== 0);
  return env.subprogs.filter((_, n) => isWalked(n)).map((sub) => sub.stackDepth);
}
