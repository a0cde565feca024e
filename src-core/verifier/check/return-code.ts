import { markChainPrecision } from '../explore/precision.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import type { RetvalRange } from '../state/frame.ts';
import { SCALAR_VALUE } from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { retvalRangeWithin, verboseInvalidScalar } from './call-subprog.ts';
import { checkSrcReg } from './reg-arg.ts';

/** The register must hold a number in the range. */
function enforceRange(env: VerifierEnv, regno: number, range: RetvalRange, context: string): number {
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
  if (retvalRangeWithin(range, reg)) return 0;
  verboseInvalidScalar(env, reg, range, context, `R${regno}`);
  return -EINVAL;
}

/** What a thrown exception makes the program return: r1, held to the same rules as r0 at the end. */
export const checkThrowCode = (env: VerifierEnv): number => checkCode(env, 1);

/** check_return_code(), Linux 6.18: what r0 holds when the program, or a global function, ends. */
export const checkReturnCode = (env: VerifierEnv): number => checkCode(env, 0);

function checkCode(env: VerifierEnv, regno: number): number {
  const err = checkSrcReg(env, regno);
  if (err) return err;
  const reg = env.reg(regno);
  const frame = env.func;
  if (frame.inAsyncCallbackFn) {
    return enforceRange(env, regno, frame.callbackRetRange, 'At async callback return');
  }
  if (frame.subprogno !== 0 && !frame.inExceptionCallbackFn) {
    if (reg.type === SCALAR_VALUE) return 0;
    return reject(
      env,
      EINVAL,
      'At subprogram exit the register R%d is not a scalar value (%s)\n',
      regno,
      regTypeStr(reg.type),
    );
  }
  const bounds = env.ops.retval(env.prog);
  if (bounds === null) return 0;
  if (bounds === 'target') throw new Unsupported(`return codes of program type ${env.progType}`);
  return enforceRange(env, regno, { minval: bounds.min, maxval: bounds.max }, 'At program exit');
}
