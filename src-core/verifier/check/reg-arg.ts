import { BPF_REG_FP, MAX_BPF_REG } from '../../isa/opcodes.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import { NOT_INIT } from '../state/reg-type.ts';
import { markRegNotInit, markRegUnknown } from './regs.ts';

/** check_reg_arg(), SRC_OP: the instruction reads the register. */
export function checkSrcReg(env: VerifierEnv, regno: number): number {
  if (regno >= MAX_BPF_REG) {
    return reject(env, EINVAL, 'R%d is invalid\n', regno);
  }
  env.markRegScratched(regno);
  if (env.reg(regno).type === NOT_INIT) {
    return reject(env, EACCES, 'R%d !read_ok\n', regno);
  }
  return 0;
}

/** check_reg_arg(), DST_OP_NO_MARK: the instruction writes the register; the caller says what. */
export function checkDstRegNoMark(env: VerifierEnv, regno: number): number {
  if (regno >= MAX_BPF_REG) {
    return reject(env, EINVAL, 'R%d is invalid\n', regno);
  }
  env.markRegScratched(regno);
  if (regno === BPF_REG_FP) {
    return reject(env, EACCES, 'frame pointer is read only\n');
  }
  return 0;
}

/** check_reg_arg(), DST_OP: the register becomes an unknown scalar. */
export function checkDstReg(env: VerifierEnv, regno: number): number {
  const err = checkDstRegNoMark(env, regno);
  if (err === 0) markRegUnknown(env.reg(regno));
  return err;
}

/** r0 .. r5 are not readable after a call. */
export function clearCallerSavedRegs(env: VerifierEnv): void {
  for (let i = 0; i <= 5; i++) {
    markRegNotInit(env.reg(i));
    env.markRegScratched(i);
  }
}
