import {
  BPF_CALL,
  BPF_EXIT,
  BPF_JA,
  BPF_JCOND,
  BPF_JMP,
  BPF_MAY_GOTO,
  BPF_X,
  opOf,
  srcOf,
} from '../../isa/opcodes.ts';
import { KF_ITER_NEXT, KF_SLEEPABLE } from '../../platform/kfuncs.ts';
import { reject, verboseLinfo } from '../log/verbose.ts';
import type { SubprogInfo, VerifierEnv } from '../state/env.ts';
import { E2BIG, EINVAL } from '../state/errno.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { callbackOf } from '../state/signature.ts';
import { isFuncLoad, isJumpClass, isLdImm64, jmpOffset } from './insn-flow.ts';
import { findContainingSubprog } from './subprogs.ts';

/** States of an instruction during the depth-first walk; the low bits say which edges are done. */
const DISCOVERED = 0x10;
const EXPLORED = 0x20;
const FALLTHROUGH = 1;
const BRANCH = 2;

/** What visiting an instruction came to; negative: -errno. */
const DONE_EXPLORING = 0;
const KEEP_EXPLORING = 1;

/** The depth-first walk of check_cfg(). */
class CfgWalk {
  private readonly state: Uint8Array;
  private readonly stack: number[] = [];

  constructor(private readonly env: VerifierEnv) {
    this.state = new Uint8Array(env.insns.length);
  }

  /** Walks everything that can be reached from `start`; 0 or -errno. */
  walk(start: number): number {
    this.state[start] = DISCOVERED;
    this.stack.push(start);
    while (this.stack.length > 0) {
      const t = this.stack[this.stack.length - 1];
      const result = this.visit(t);
      if (result < 0) return result;
      if (result === DONE_EXPLORING) {
        this.state[t] = EXPLORED;
        this.stack.pop();
      }
    }
    return 0;
  }

  isExplored(i: number): boolean {
    return this.state[i] === EXPLORED;
  }

  isTouched(i: number): boolean {
    return this.state[i] !== 0;
  }

  /** push_insn(): takes the edge t -> w unless it was taken before. */
  private push(t: number, w: number, edge: 1 | 2): number {
    const { env, state } = this;
    if (state[t] >= (DISCOVERED | edge)) return DONE_EXPLORING;
    if (w < 0 || w >= env.insns.length) {
      verboseLinfo(env, t, `${t}: `);
      return reject(env, EINVAL, 'jump out of range from insn %d to %d\n', t, w);
    }
    if (edge === BRANCH) {
      this.markPrune(w);
      env.aux.jmpPoint[w] = 1;
    }
    if (state[w] === 0) {
      state[t] = DISCOVERED | edge;
      state[w] = DISCOVERED;
      if (this.stack.length >= env.insns.length) return -E2BIG;
      this.stack.push(w);
      return KEEP_EXPLORING;
    }
    // A back edge is fine for privileged programs: the walk of the states finds out whether it ends.
    if (state[w] === EXPLORED) state[t] = DISCOVERED | edge;
    return DONE_EXPLORING;
  }

  private markPrune(i: number): void {
    this.env.aux.prunePoint[i] = 1;
  }

  /** visit_insn() */
  private visit(t: number): number {
    const { insns } = this.env;
    const code = insns.code[t];
    if (isFuncLoad(insns, t)) return this.visitCall(t, true);
    if (!isJumpClass(code)) return this.push(t, t + (isLdImm64(insns, t) ? 2 : 1), FALLTHROUGH);
    switch (opOf(code)) {
      case BPF_EXIT:
        return DONE_EXPLORING;
      case BPF_CALL:
        this.noteCall(t);
        return this.visitCall(t, insns.src[t] === 1);
      case BPF_JA:
        return this.visitJump(t);
      default:
        return this.visitCondition(t);
    }
  }

  private visitJump(t: number): number {
    const { env } = this;
    if (srcOf(env.insns.code[t]) === BPF_X) return -EINVAL;
    const w = t + jmpOffset(env.insns, t) + 1;
    const result = this.push(t, w, FALLTHROUGH);
    if (result !== DONE_EXPLORING) return result;
    this.markPrune(w);
    env.aux.jmpPoint[w] = 1;
    return result;
  }

  private visitCondition(t: number): number {
    const { insns, aux } = this.env;
    this.markPrune(t);
    if (insns.code[t] === (BPF_JMP | BPF_JCOND) && insns.src[t] === BPF_MAY_GOTO) aux.forceCheckpoint[t] = 1;
    const result = this.push(t, t + 1, FALLTHROUGH);
    return result !== DONE_EXPLORING ? result : this.push(t, t + insns.off[t] + 1, BRANCH);
  }

  /** visit_func_call_insn() */
  private visitCall(t: number, visitCallee: boolean): number {
    const { env } = this;
    const next = t + (isLdImm64(env.insns, t) ? 2 : 1);
    const result = this.push(t, next, FALLTHROUGH);
    if (result !== DONE_EXPLORING) return result;
    this.markPrune(next);
    env.aux.jmpPoint[next] = 1;
    if (!visitCallee) return result;
    const callee = t + env.insns.imm[t] + 1;
    this.markPrune(t);
    this.mergeCalleeEffects(t, callee);
    return this.push(t, callee, BRANCH);
  }

  /** merge_callee_effects() */
  private mergeCalleeEffects(t: number, callee: number): void {
    const { env } = this;
    const from = env.subprogs[findContainingSubprog(env, callee)];
    const to = env.subprogs[findContainingSubprog(env, t)];
    to.changesPktData ||= from.changesPktData;
    to.mightSleep ||= from.mightSleep;
  }

  /** What a call means for pruning and for its subprogram. */
  private noteCall(t: number): void {
    const { env } = this;
    const signature = resolveCall(env, t);
    const callback = callbackOf(signature);
    if (callback === 'async') this.markPrune(t);
    if (callback === 'sync') {
      env.aux.callsCallback[t] = 1;
      env.aux.forceCheckpoint[t] = 1;
      this.markPrune(t);
      env.aux.jmpPoint[t] = 1;
    }
    const subprog = env.subprogs[findContainingSubprog(env, t)];
    if (signature.kind === 'helper') {
      if (signature.proto?.mightSleep === true) subprog.mightSleep = true;
      if (signature.flags.changesPktData) subprog.changesPktData = true;
    } else if (signature.kind === 'kfunc' && signature.flags !== null) {
      this.noteKfunc(t, subprog, signature.flags);
      if (signature.role === 'changes_pkt_data') subprog.changesPktData = true;
    }
  }

  private noteKfunc(t: number, subprog: SubprogInfo, flags: number): void {
    if ((flags & KF_ITER_NEXT) !== 0) {
      this.markPrune(t);
      this.env.aux.forceCheckpoint[t] = 1;
    }
    if ((flags & KF_SLEEPABLE) !== 0) subprog.mightSleep = true;
  }
}

/** Every instruction must have been reached, the second slots of 64-bit loads must not. */
function checkCoverage(env: VerifierEnv, walk: CfgWalk): number {
  for (let i = 0; i < env.insns.length; i++) {
    if (!walk.isExplored(i)) {
      return reject(env, EINVAL, 'unreachable insn %d\n', i);
    }
    if (!isLdImm64(env.insns, i)) continue;
    if (walk.isTouched(i + 1)) {
      return reject(env, EINVAL, 'jump into the middle of ldimm64 insn %d\n', i);
    }
    i++;
  }
  return 0;
}

/** check_cfg(): reaches every instruction from the first and marks where states are saved and compared. */
export function checkCfg(env: VerifierEnv): number {
  const walk = new CfgWalk(env);
  const { exceptionCallback } = env;
  let err = walk.walk(0);
  if (err === 0 && exceptionCallback !== null) err = walk.walk(env.subprogs[exceptionCallback].start);
  err = err || checkCoverage(env, walk);
  if (err === 0) env.changesPktData = env.subprogs[0].changesPktData;
  return err;
}
