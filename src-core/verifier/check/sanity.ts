import { u64ToHex } from '../../util/int64.ts';
import { regBoundsViolation } from '../domain/bounds.ts';
import {
  MASK_LO,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  U32_MAX,
  U32_MIN,
  UMAX_LO,
  UMIN_LO,
  VAL_LO,
} from '../domain/layout.ts';
import { markRegUnbounded } from '../domain/reg.ts';
import { verbose } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EFAULT } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';

/** `%#llx` and `%#x` of the kernel: zero has the prefix too. */
const hex64 = (reg: Reg, at: number): string => `0x${u64ToHex(reg.a[reg.o + at], reg.a[reg.o + at + 1])}`;
const hex32 = (reg: Reg, at: number): string => `0x${(reg.a[reg.o + at] >>> 0).toString(16)}`;

/** Bounds that contradict each other are reported and forgotten (reg_bounds_sanity_check(), Linux 6.18). */
export function regBoundsSanityCheck(env: VerifierEnv, reg: Reg, ctx: string): number {
  const msg = regBoundsViolation(reg.a, reg.o);
  if (msg === null) return 0;
  verbose(
    env,
    'verifier bug: REG INVARIANTS VIOLATION (%s): %s u64=[%s, %s] s64=[%s, %s] u32=[%s, %s] s32=[%s, %s] var_off=(%s, %s)\n',
    ctx,
    msg,
    hex64(reg, UMIN_LO),
    hex64(reg, UMAX_LO),
    hex64(reg, SMIN_LO),
    hex64(reg, SMAX_LO),
    hex32(reg, U32_MIN),
    hex32(reg, U32_MAX),
    hex32(reg, S32_MIN),
    hex32(reg, S32_MAX),
    hex64(reg, VAL_LO),
    hex64(reg, MASK_LO),
  );
  if (env.testRegInvariants) return -EFAULT;
  markRegUnbounded(reg.a, reg.o);
  return 0;
}
