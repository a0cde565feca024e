import { ARG, FLAG } from '../../platform/func-proto.ts';
import { dynptrTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EFAULT, EINVAL, ERANGE } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import { CONST_PTR_TO_DYNPTR, PTR_TO_STACK } from '../state/reg-type.ts';
import {
  argToDynptrType,
  BPF_DYNPTR_NR_SLOTS,
  dynptrOf,
  dynptrSpi,
  isDynptrInit,
  markStackSlotsDynptr,
} from './dynptr-slot.ts';
import { writeObjectMemory } from './helper-mem.ts';
import { noteSlotsRead } from './stack-object.ts';

const BPF_DYNPTR_SIZE = 16;

/** is_dynptr_reg_valid_uninit() */
function isUninit(env: VerifierEnv, reg: Reg): boolean {
  if (reg.type === CONST_PTR_TO_DYNPTR) return false;
  const spi = dynptrSpi(env, reg);
  return spi >= 0 || spi === -ERANGE;
}

function makeDynptr(env: VerifierEnv, regno: number, argType: number, cloneRefObjId: number): number {
  if (!isUninit(env, env.reg(regno))) {
    return reject(env, EINVAL, 'Dynptr has to be an uninitialized dynptr\n');
  }
  return (
    writeObjectMemory(env, regno, BPF_DYNPTR_SIZE) ||
    markStackSlotsDynptr(env, env.reg(regno), argType, cloneRefObjId)
  );
}

function isTypeExpected(env: VerifierEnv, reg: Reg, argType: number): boolean {
  if (argType === ARG.ARG_PTR_TO_DYNPTR) return true;
  return dynptrOf(env, reg)?.dynptrType === argToDynptrType(argType);
}

/** mark_dynptr_read() */
function markRead(env: VerifierEnv, reg: Reg): number {
  if (reg.type === CONST_PTR_TO_DYNPTR) return 0;
  const spi = dynptrSpi(env, reg);
  return spi < 0 ? spi : noteSlotsRead(env, reg.frameno, spi, BPF_DYNPTR_NR_SLOTS);
}

/**
 * A dynptr argument of a helper or kfunc (process_dynptr_func(), Linux 6.18): made here (MEM_UNINIT), only looked at
 * (MEM_RDONLY), or changed. A clone gets the reference of its parent.
 */
export function processDynptr(
  env: VerifierEnv,
  regno: number,
  argType: number,
  cloneRefObjId: number,
): number {
  const reg = env.reg(regno);
  if (reg.type !== PTR_TO_STACK && reg.type !== CONST_PTR_TO_DYNPTR) {
    return reject(env, EINVAL, 'arg#%d expected pointer to stack or const struct bpf_dynptr\n', regno - 1);
  }
  const both = FLAG.MEM_UNINIT | FLAG.MEM_RDONLY;
  if ((argType & both) === both) {
    return reject(env, EFAULT, 'verifier bug: misconfigured dynptr helper type flags\n');
  }
  if (argType & FLAG.MEM_UNINIT) return makeDynptr(env, regno, argType, cloneRefObjId);
  if (reg.type === CONST_PTR_TO_DYNPTR && (argType & FLAG.MEM_RDONLY) === 0) {
    return reject(env, EINVAL, 'cannot pass pointer to const bpf_dynptr, the helper mutates it\n');
  }
  if (!isDynptrInit(env, reg)) {
    return reject(env, EINVAL, 'Expected an initialized dynptr as arg #%d\n', regno - 1);
  }
  if (!isTypeExpected(env, reg, argType & ~FLAG.MEM_RDONLY)) {
    return reject(
      env,
      EINVAL,
      'Expected a dynptr of type %s as arg #%d\n',
      dynptrTypeStr(argToDynptrType(argType)),
      regno - 1,
    );
  }
  return markRead(env, reg);
}
