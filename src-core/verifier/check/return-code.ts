import { isAttachedTo } from '../../platform/prog/kinds.ts';
import { BPF_PROG_TYPE } from '../../uapi/prog-types.ts';
import { S32_MAX, S32_MIN } from '../domain/layout.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { regTypeStr } from '../log/state.ts';
import { reject, verbose } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import type { RetvalRange } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import { SCALAR_VALUE } from '../state/reg-type.ts';
import { retvalRangeWithin, verboseInvalidScalar } from './call-subprog.ts';
import { lsmRetvalRange } from './ctx-args.ts';
import { checkSrcReg } from './reg-arg.ts';

const within32 = (range: RetvalRange, reg: Reg): boolean =>
  range.minval <= reg.a[reg.o + S32_MIN] && reg.a[reg.o + S32_MAX] <= range.maxval;

/** The register must hold a number in the range. */
function enforceRange(
  env: VerifierEnv,
  regno: number,
  range: RetvalRange & { readonly is32Bit?: true },
  context: string,
): number {
  const reg = env.reg(regno);
  if (reg.type !== SCALAR_VALUE) {
    return reject(
      env,
      EINVAL,
      '%s the register R%d is not a known value (%s)\n',
      context,
      regno,
      regTypeStr(reg.type),
    );
  }
  const err = markChainPrecision(env, regno);
  if (err) return err;
  if (range.is32Bit ? within32(range, reg) : retvalRangeWithin(range, reg)) return 0;
  verboseInvalidScalar(env, reg, range, context, `R${regno}`);
  return -EINVAL;
}

/** What a thrown exception makes the program return: r1, held to the same rules as r0 at the end. */
export const checkThrowCode = (env: VerifierEnv): number => checkCode(env, 1);

/** check_return_code(), Linux 6.18: what r0 holds when the program, or a global function, ends. */
export const checkReturnCode = (env: VerifierEnv): number => checkCode(env, 0);

/** Does the hook or member that the program stands for return nothing? Then r0 need not be there. */
function returnsNothing(env: VerifierEnv): boolean {
  const isHook = env.prog.type === BPF_PROG_TYPE.lsm && !isAttachedTo(env.prog, 'lsm_cgroup');
  if (!isHook && env.prog.type !== BPF_PROG_TYPE.struct_ops) return false;
  return env.target?.proto?.type === 0;
}

/** What the attach target lets the program return; null for anything. */
function targetRange(env: VerifierEnv): (RetvalRange & { readonly is32Bit?: true }) | null {
  const { prog, target } = env;
  switch (prog.type) {
    case BPF_PROG_TYPE.tracing:
      if (isAttachedTo(prog, 'trace_fentry', 'trace_fexit')) return { minval: 0, maxval: 0 };
      return isAttachedTo(prog, 'trace_iter') ? { minval: 0, maxval: 1 } : null;
    case BPF_PROG_TYPE.lsm: {
      if (isAttachedTo(prog, 'lsm_cgroup')) {
        return target?.proto?.type === 0 ? { minval: 1, maxval: 1 } : { minval: 0, maxval: 1 };
      }
      const range = target === null ? null : lsmRetvalRange(target);
      return range === null ? null : { minval: range.min, maxval: range.max, is32Bit: true };
    }
    default: {
      // struct_ops: numbers are the caller's business; a pointer may only be NULL.
      const ret = target?.proto === null || target === null ? 0 : target.proto.type;
      const isPointer = target?.btf.kindOf(target.btf.skipModsAndTypedefs(ret)) === 'ptr';
      return isPointer ? { minval: 0, maxval: 0 } : null;
    }
  }
}

function programRange(env: VerifierEnv): (RetvalRange & { readonly is32Bit?: true }) | null {
  const bounds = env.ops.retval(env.prog);
  if (bounds === 'target') return targetRange(env);
  return bounds === null ? null : { minval: bounds.min, maxval: bounds.max };
}

function checkCode(env: VerifierEnv, regno: number): number {
  const frame = env.func;
  const isMain = frame.subprogno === 0 || frame.inExceptionCallbackFn;
  if (isMain && returnsNothing(env)) return 0;
  const err = checkSrcReg(env, regno);
  if (err) return err;
  const reg = env.reg(regno);
  if (frame.inAsyncCallbackFn) {
    return enforceRange(env, regno, frame.callbackRetRange, 'At async callback return');
  }
  if (!isMain) {
    if (reg.type === SCALAR_VALUE) return 0;
    return reject(
      env,
      EINVAL,
      'At subprogram exit the register R%d is not a scalar value (%s)\n',
      regno,
      regTypeStr(reg.type),
    );
  }
  const range = programRange(env);
  if (range === null) return 0;
  const result = enforceRange(env, regno, range, 'At program exit');
  const isVoidHook = env.prog.type === BPF_PROG_TYPE.lsm && env.target?.proto?.type === 0;
  if (result && reg.type === SCALAR_VALUE && isVoidHook) {
    verbose(env, "Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!\n");
  }
  return result;
}
