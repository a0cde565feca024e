import { ARG, argBase } from '../../platform/func-proto.ts';
import { s64ToDec } from '../../util/int64.ts';
import { SMAX_LO, SMIN_LO } from '../domain/layout.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { findPrevEntry, widenImpreciseScalars } from '../explore/widen.ts';
import { printVerifierState } from '../log/state.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL, type SubprogArg, type VerifierEnv } from '../state/env.ts';
import { E2BIG, EACCES, EFAULT, EINVAL } from '../state/errno.ts';
import { Frame, MAX_CALL_FRAMES, type RetvalRange } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import {
  PTR_MAYBE_NULL,
  PTR_TO_ARENA,
  PTR_TO_CTX,
  PTR_TO_STACK,
  PTR_UNTRUSTED,
  SCALAR_VALUE,
} from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { checkFuncArgRegOff, checkRegType } from './arg-types.ts';
import { newCallMeta } from './call-meta.ts';
import { inSleepableContext } from './context.ts';
import { processDynptr } from './dynptr.ts';
import { prepareFuncArgs } from './func-args.ts';
import { checkMemReg } from './helper-mem.ts';
import { clearCallerSavedRegs } from './reg-arg.ts';
import {
  clearAllPktPointers,
  markRegKnownZero,
  markRegNotInit,
  markRegUnknown,
  registerIsNull,
  smax,
  smin,
} from './regs.ts';

/** init_func_state(): nothing is known but the frame pointer. */
export function initFrame(
  env: VerifierEnv,
  frame: Frame,
  callsite: number,
  frameno: number,
  subprogno: number,
): void {
  frame.reset();
  frame.callsite = callsite;
  frame.frameno = frameno;
  frame.subprogno = subprogno;
  frame.callbackRetRange = { minval: 0, maxval: 0 };
  for (let i = 0; i <= 10; i++) markRegNotInit(frame.reg(i));
  const fp = frame.reg(10);
  fp.type = PTR_TO_STACK;
  markRegKnownZero(fp);
  fp.frameno = frameno;
  env.markAllScratched();
}

/** Fills the callee's registers from the caller's; may refuse. */
export type SetCalleeState = (caller: Frame, callee: Frame) => number;

/** A call: pushes a frame on `state` (setup_func_entry(), Linux 6.18). */
export function setupFuncEntry(
  env: VerifierEnv,
  subprog: number,
  callsite: number,
  setCallee: SetCalleeState,
  state: VerifierState,
): number {
  if (state.curframe + 1 >= MAX_CALL_FRAMES) {
    return reject(env, E2BIG, 'the call stack of %d frames is too deep\n', state.curframe + 2);
  }
  const frameno = state.curframe + 1;
  const callee = (state.frames[frameno] ??= Frame.live());
  initFrame(env, callee, callsite, frameno, subprog);
  const err = setCallee(state.frames[state.curframe], callee);
  if (err) return err;
  state.curframe++;
  return 0;
}

/** set_callee_state(): r1-r5 as they are. */
function copyArgs(caller: Frame, callee: Frame): number {
  for (let i = 1; i <= 5; i++) callee.reg(i).assign(caller.reg(i));
  return 0;
}

function matchArg(env: VerifierEnv, i: number, arg: SubprogArg, reg: Reg): number {
  const regno = i + 1;
  if (arg.argType === ARG.ARG_ANYTHING) {
    if (reg.type === SCALAR_VALUE) return 0;
    return reject(env, EINVAL, 'R%d is not a scalar\n', regno);
  }
  if (arg.argType & PTR_UNTRUSTED) return 0;
  if (arg.argType === ARG.ARG_PTR_TO_CTX) {
    const err = checkFuncArgRegOff(env, reg, regno, ARG.ARG_DONTCARE);
    if (err < 0) return err;
    if (reg.type === PTR_TO_CTX) return 0;
    return reject(env, EINVAL, 'arg#%d expects pointer to ctx\n', i);
  }
  if (argBase(arg.argType) === ARG.ARG_PTR_TO_MEM) {
    const err = checkFuncArgRegOff(env, reg, regno, ARG.ARG_DONTCARE);
    if (err < 0) return err;
    if (checkMemReg(env, regno, arg.memSize)) return -EINVAL;
    if ((arg.argType & PTR_MAYBE_NULL) === 0 && (reg.type & PTR_MAYBE_NULL) !== 0) {
      return reject(env, EINVAL, 'arg#%d is expected to be non-NULL\n', i);
    }
    return 0;
  }
  if (argBase(arg.argType) === ARG.ARG_PTR_TO_DYNPTR) {
    const err = checkFuncArgRegOff(env, reg, regno, ARG.ARG_PTR_TO_DYNPTR);
    return err || processDynptr(env, regno, arg.argType, 0);
  }
  if (argBase(arg.argType) === ARG.ARG_PTR_TO_ARENA) {
    if (reg.type === PTR_TO_ARENA || reg.type === SCALAR_VALUE) return 0;
    return reject(env, EINVAL, 'R%d is not a pointer to arena or scalar.\n', regno);
  }
  if (registerIsNull(reg) && (arg.argType & PTR_MAYBE_NULL) !== 0) return 0;
  const want = env.kernelBtf.nameOf(arg.btfId);
  return (
    checkRegType(env, { regno, argType: arg.argType, want }, newCallMeta(0, {}, false)) ||
    checkFuncArgRegOff(env, reg, regno, arg.argType)
  );
}

/** btf_check_subprog_call(), Linux 6.18: do r1-r5 suit the function's BTF? */
export function checkSubprogCall(env: VerifierEnv, subprog: number): number {
  const sub = env.subprogs[subprog];
  if (sub.name === null) return -EINVAL;
  if (sub.unreliable) return -EINVAL;
  let err = prepareFuncArgs(env, subprog);
  for (let i = 0; i < sub.args.length && !err; i++) err = matchArg(env, i, sub.args[i], env.reg(i + 1));
  if (err) sub.unreliable = true;
  return err;
}

function callGlobal(env: VerifierEnv, subprog: number, argErr: number): number {
  const sub = env.subprogs[subprog];
  const name = sub.name ?? '';
  if (env.cur.activeLocks > 0) {
    return reject(
      env,
      EINVAL,
      'global function calls are not allowed while holding a lock,\nuse static function instead\n',
    );
  }
  if (sub.mightSleep && !inSleepableContext(env)) {
    return reject(
      env,
      EINVAL,
      'global functions that may sleep are not allowed in non-sleepable context,\ni.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context\n',
    );
  }
  if (argErr) {
    blame(env, "Caller passes invalid args into func#%d ('%s')\n", subprog, name);
    return argErr;
  }
  verbose(env, "Func#%d ('%s') is global and assumed valid.\n", subprog, name);
  if (sub.changesPktData) clearAllPktPointers(env);
  sub.called = true;
  clearCallerSavedRegs(env);
  markRegUnknown(env.reg(0));
  return 0;
}

/** check_func_call(), Linux 6.18. */
export function checkFuncCall(env: VerifierEnv): number {
  const { cur, insnIdx } = env;
  const target = insnIdx + env.insns.imm[insnIdx] + 1;
  const subprog = env.findSubprog(target);
  if (subprog < 0) {
    return reject(
      env,
      EFAULT,
      'verifier bug: target of func call at insn %d is not a program (subprog < 0)\n',
      target,
    );
  }
  const argErr = checkSubprogCall(env, subprog);
  if (argErr === -EFAULT) return argErr;
  if (env.subprogs[subprog].linkageGlobal) return callGlobal(env, subprog, argErr);
  const caller = env.func;
  const err = setupFuncEntry(env, subprog, insnIdx, copyArgs, cur);
  if (err) return err;
  for (let i = 0; i <= 5; i++) {
    markRegNotInit(caller.reg(i));
    env.markRegScratched(i);
  }
  env.insnIdx = env.subprogs[subprog].start - 1;
  env.liveness.resetCallchain();
  if (env.log.level & BPF_LOG_LEVEL) {
    verbose(env, 'caller:\n');
    printVerifierState(env, cur, caller.frameno, true);
    verbose(env, 'callee:\n');
    printVerifierState(env, cur, cur.curframe, true);
  }
  return 0;
}

/** retval_range_within() */
export function retvalRangeWithin(range: RetvalRange, reg: Reg): boolean {
  return range.minval <= smin(reg) && smax(reg) <= range.maxval;
}

/** verbose_invalid_scalar() */
export function verboseInvalidScalar(
  env: VerifierEnv,
  reg: Reg,
  range: RetvalRange,
  ctx: string,
  regName: string,
): void {
  const { a, o } = reg;
  const min: [number, number] = [a[o + SMIN_LO], a[o + SMIN_LO + 1]];
  const max: [number, number] = [a[o + SMAX_LO], a[o + SMAX_LO + 1]];
  const hasMin = min[0] !== 0 || min[1] !== -0x8000_0000;
  const hasMax = max[0] !== -1 || max[1] !== 0x7fff_ffff;
  blame(env, '%s the register %s has', ctx, regName);
  if (hasMin) verbose(env, ' smin=%s', s64ToDec(...min));
  if (hasMax) verbose(env, ' smax=%s', s64ToDec(...max));
  if (!hasMin && !hasMax) verbose(env, ' unknown scalar value');
  verbose(env, ' should have been in [%d, %d]\n', range.minval, range.maxval);
}

function checkCallbackReturn(env: VerifierEnv, callee: Frame): number {
  const r0 = callee.reg(0);
  if (r0.type !== SCALAR_VALUE) {
    return reject(env, EACCES, 'R0 not a scalar value\n');
  }
  const err = markChainPrecision(env, 0);
  if (err) return err;
  if (retvalRangeWithin(callee.callbackRetRange, r0)) return 0;
  verboseInvalidScalar(env, r0, callee.callbackRetRange, 'At callback return', 'R0');
  return -EINVAL;
}

/** prepare_func_exit(), Linux 6.18: back to the caller; env.insnIdx becomes the next instruction. */
export function prepareFuncExit(env: VerifierEnv): number {
  const { cur } = env;
  let err = env.liveness.update();
  if (err) return err;
  const callee = cur.func;
  const caller = cur.frames[cur.curframe - 1];
  const r0 = callee.reg(0);
  if (r0.type === PTR_TO_STACK) {
    return reject(env, EINVAL, 'cannot return stack pointer to the caller\n');
  }
  if (callee.inCallbackFn) {
    err = checkCallbackReturn(env, callee);
    if (err) return err;
  } else {
    caller.reg(0).assign(r0);
  }
  env.insnIdx = callee.inCallbackFn ? callee.callsite : callee.callsite + 1;
  if (env.log.level & BPF_LOG_LEVEL) {
    verbose(env, 'returning from callee:\n');
    printVerifierState(env, cur, callee.frameno, true);
    verbose(env, 'to caller at %d:\n', env.insnIdx);
    printVerifierState(env, cur, caller.frameno, true);
  }
  cur.curframe--;
  if (!callee.inCallbackFn) return 0;
  const prev = findPrevEntry(env, cur, env.insnIdx);
  if (prev !== null) widenImpreciseScalars(env, prev, cur);
  return 0;
}
