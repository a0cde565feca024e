import { markChainPrecision } from '../explore/precision.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { SCALAR_VALUE } from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { retvalRangeWithin, verboseInvalidScalar } from './call-subprog.ts';
import { checkSrcReg } from './reg-arg.ts';

/** check_return_code(), Linux 6.18: what r0 holds when the program, or a global function, ends. */
export function checkReturnCode(env: VerifierEnv): number {
  let err = checkSrcReg(env, 0);
  if (err) return err;
  const reg = env.reg(0);
  if (env.cur.frames[0].subprogno !== 0) {
    if (reg.type === SCALAR_VALUE) return 0;
    return reject(
      env,
      EINVAL,
      'At subprogram exit the register R%d is not a scalar value (%s)\n',
      0,
      regTypeStr(reg.type),
    );
  }
  const bounds = env.ops.retval(env.prog);
  if (bounds === null) return 0;
  if (bounds === 'target') throw new Unsupported(`return codes of program type ${env.progType}`);
  if (reg.type !== SCALAR_VALUE) {
    return reject(
      env,
      EINVAL,
      '%s the register R%d is not a known value (%s)\n',
      'At program exit',
      0,
      regTypeStr(reg.type),
    );
  }
  err = markChainPrecision(env, 0);
  if (err) return err;
  const range = { minval: bounds.min, maxval: bounds.max };
  if (retvalRangeWithin(range, reg)) return 0;
  verboseInvalidScalar(env, reg, range, 'At program exit', 'R0');
  return -EINVAL;
}
