import { BPF_PRIV_STACK_MIN_SIZE, MAX_BPF_STACK, MAX_CALL_FRAMES } from '../../platform/limits.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { InternalError } from '../../util/assert-never.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { E2BIG, EACCES, EINVAL } from '../state/errno.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { isFuncLoad, isKfuncCall, isSubprogCall } from './insn-flow.ts';

/** Callers with more stack than this may not tail call from a subprogram. */
const MAX_DEPTH_BEFORE_TAIL_CALL = 256;

/** bpf_enable_priv_stack(): types that may run nested get a stack of their own on x86-64. */
const PRIVATE_STACK_TYPES: ReadonlySet<number> = new Set([
  BPF_PROG_TYPE.kprobe,
  BPF_PROG_TYPE.tracepoint,
  BPF_PROG_TYPE.perf_event,
  BPF_PROG_TYPE.raw_tracepoint,
]);

/** `enum priv_stack_mode` */
type PrivStackMode = 'unknown' | 'none' | 'adaptive';

/** round_up_stack_depth() under the JIT. */
const roundUp = (depth: number): number => Math.ceil(depth / 16) * 16;

interface CallFrame {
  readonly resumeAt: number;
  readonly subprog: number;
}

/** check_max_stack_depth_subprog(): follows every chain of calls from one subprogram. */
class DepthWalk {
  private readonly callers: CallFrame[] = [];
  private depth = 0;
  private tailCallReachable = false;

  constructor(
    private readonly env: VerifierEnv,
    private readonly modes: PrivStackMode[],
    private readonly privStackSupported: boolean,
  ) {}

  walk(subprog: number): number {
    let idx = subprog;
    let at = this.env.subprogs[idx].start;
    let err = this.enter(idx);
    while (err === 0) {
      const call = this.nextCall(idx, at, this.env.subprogEnd(idx));
      if (call !== null && call < 0) return call;
      if (call === null) {
        const refused = this.markTailCallReachable();
        if (refused) return refused;
        const caller = this.callers.pop();
        if (caller === undefined) return 0;
        this.leave(idx);
        idx = caller.subprog;
        at = caller.resumeAt;
        continue;
      }
      this.callers.push({ resumeAt: call + 1, subprog: idx });
      at = call + this.env.insns.imm[call] + 1;
      idx = this.env.findSubprog(at);
      if (idx < 0) throw new InternalError(`callee not found at insn ${at}`);
      err = this.call(idx);
    }
    return err;
  }

  /**
   * The next call in [from, end) that goes deeper, or a negative errno; async callbacks do only when called
   * directly.
   */
  private nextCall(idx: number, from: number, end: number): number | null {
    const { insns } = this.env;
    for (let i = from; i < end; i++) {
      if (this.throwsFromCallback(idx, i)) {
        const fmt = 'bpf_throw kfunc (insn %d) cannot be called from callback subprog %d\n';
        return reject(this.env, EINVAL, fmt, i, idx);
      }
      const isCall = isSubprogCall(insns, i);
      if (!isCall && !isFuncLoad(insns, i)) continue;
      const callee = this.env.subprogs[this.env.findSubprog(i + insns.imm[i] + 1)];
      if (!callee.isAsyncCb) return i;
      if (!isCall) continue;
      // The reference kernel's message has no end of line.
      if (!callee.isExceptionCb) return i;
      return reject(this.env, EINVAL, 'insn %d cannot call exception cb directly', i);
    }
    return null;
  }

  /** bpf_throw() under a callback: there is no way to unwind the helper that called it. */
  private throwsFromCallback(idx: number, i: number): boolean {
    const { env } = this;
    if (!isKfuncCall(env.insns, i)) return false;
    const signature = resolveCall(env, i);
    if (signature.kind !== 'kfunc' || signature.role !== 'throw') return false;
    return env.subprogs[idx].isCb || this.callers.some(({ subprog }) => env.subprogs[subprog].isCb);
  }

  private call(idx: number): number {
    if (this.env.subprogs[idx].hasTailCall) this.tailCallReachable = true;
    if (this.callers.length >= MAX_CALL_FRAMES) {
      blame(this.env, 'the call stack of %d frames is too deep !\n', this.callers.length);
      return -E2BIG;
    }
    return this.enter(idx);
  }

  /** Adds the subprogram's stack to the chain. */
  private enter(idx: number): number {
    const { env, modes } = this;
    const subprog = env.subprogs[idx];
    if (!this.privStackSupported) modes[idx] = 'none';
    if (idx > 0 && subprog.hasTailCall && this.depth >= MAX_DEPTH_BEFORE_TAIL_CALL) {
      return reject(
        env,
        EACCES,
        'tail_calls are not allowed when call stack of previous frames is %d bytes. Too large\n',
        this.depth,
      );
    }
    const depth = roundUp(subprog.stackDepth);
    if (modes[idx] === 'unknown' && depth >= BPF_PRIV_STACK_MIN_SIZE) modes[idx] = 'adaptive';
    return modes[idx] === 'adaptive' ? this.checkOwnStack(idx, depth) : this.checkSharedStack(depth);
  }

  private checkOwnStack(idx: number, depth: number): number {
    if (depth <= MAX_BPF_STACK) return 0;
    blame(this.env, 'stack size of subprog %d is %d. Too large\n', idx, depth);
    return -EACCES;
  }

  private checkSharedStack(depth: number): number {
    this.depth += depth;
    if (this.depth <= MAX_BPF_STACK) return 0;
    blame(
      this.env,
      'combined stack size of %d calls is %d. Too large\n',
      this.callers.length + 1,
      this.depth,
    );
    return -EACCES;
  }

  private leave(idx: number): void {
    if (this.modes[idx] !== 'adaptive') this.depth -= roundUp(this.env.subprogs[idx].stackDepth);
  }

  private markTailCallReachable(): number {
    if (!this.tailCallReachable) return 0;
    for (const caller of this.callers) {
      const subprog = this.env.subprogs[caller.subprog];
      if (subprog.isExceptionCb) {
        return reject(this.env, EINVAL, 'cannot tail call within exception cb\n');
      }
      subprog.tailCallReachable = true;
    }
    return 0;
  }
}

/** check_max_stack_depth(): runs after the walk, which has measured each subprogram's stack. */
export function checkMaxStackDepth(env: VerifierEnv): number {
  const hasTailCall = env.subprogs.some((s) => s.hasTailCall);
  const isAdaptive = !hasTailCall && PRIVATE_STACK_TYPES.has(env.progType);
  const modes = env.subprogs.map((): PrivStackMode => 'unknown');
  for (let i = env.subprogs.length - 1; i >= 0; i--) {
    if (i !== 0 && !env.subprogs[i].isAsyncCb) continue;
    const err = new DepthWalk(env, modes, i === 0 && isAdaptive).walk(i);
    if (err !== 0) return err;
  }
  return 0;
}
