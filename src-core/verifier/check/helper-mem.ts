import { s64ToDec } from '../../util/int64.ts';
import { UMAX_LO, UMIN_LO } from '../domain/layout.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { regTypeStr } from '../log/state.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { Reg } from '../state/reg.ts';
import {
  baseType,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_STACK,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { checkBtfAccess } from './btf-access.ts';
import { type CallMeta, newCallMeta } from './call-meta.ts';
import { checkMapAccess } from './map-access.ts';
import { checkMemAccess } from './mem.ts';
import { BPF_MAX_VAR_OFF } from './ptr-arith.ts';
import { checkBufferAccess, checkMapAccessType, checkMemRegionAccess, checkPacketAccess } from './regions.ts';
import { markPtrNotNullReg, registerIsNull, smin, typeIsRdonlyMem, umax, umin, varOffConst } from './regs.ts';
import { checkStackRangeInitialized } from './stack-range.ts';

/** A memory argument: who asks for how much of what. */
export interface MemArg {
  readonly size: number;
  readonly write: boolean;
  readonly zeroSizeAllowed: boolean;
}

function cannotWrite(env: VerifierEnv, regno: number, type: number): number {
  return reject(env, EACCES, 'R%d cannot write into %s\n', regno, regTypeStr(type));
}

function notMemory(env: VerifierEnv, regno: number, reg: Reg, arg: MemArg): number {
  if (arg.zeroSizeAllowed && arg.size === 0 && registerIsNull(reg)) return 0;
  blame(env, 'R%d type=%s ', regno, regTypeStr(reg.type));
  verbose(env, 'expected=%s\n', regTypeStr(PTR_TO_STACK));
  return -EACCES;
}

function ctxMemory(env: VerifierEnv, regno: number, reg: Reg, arg: MemArg): number {
  if (env.ops.convertsContext) return notMemory(env, regno, reg, arg);
  if (arg.size === 0) return arg.zeroSizeAllowed ? 0 : -EACCES;
  return checkMemAccess(
    env,
    {
      insnIdx: env.insnIdx,
      regno,
      off: arg.size - 1,
      size: 1,
      write: arg.write,
      valueRegno: -1,
      isLdsx: false,
    },
    false,
  );
}

/** check_helper_mem_access(), Linux 6.18: a helper (or callee) touches memory through the register. */
export function checkHelperMemAccess(
  env: VerifierEnv,
  regno: number,
  arg: MemArg,
  meta: CallMeta | null,
): number {
  const reg = env.reg(regno);
  const { size, write, zeroSizeAllowed } = arg;
  switch (baseType(reg.type)) {
    case PTR_TO_PACKET:
    case PTR_TO_PACKET_META:
      return checkPacketAccess(env, regno, reg.off, size, zeroSizeAllowed);
    case PTR_TO_MAP_KEY:
      if (write) return cannotWrite(env, regno, reg.type);
      return checkMemRegionAccess(env, regno, reg.off, size, env.maps[reg.map].keySize, false);
    case PTR_TO_MAP_VALUE:
      if (checkMapAccessType(env, regno, reg.off, size, write)) return -EACCES;
      return checkMapAccess(env, regno, { off: reg.off, size, zeroSizeAllowed, direct: false });
    case PTR_TO_MEM:
      if (typeIsRdonlyMem(reg.type) && write) return cannotWrite(env, regno, reg.type);
      return checkMemRegionAccess(env, regno, reg.off, size, reg.memSize, zeroSizeAllowed);
    case PTR_TO_BUF:
      if (typeIsRdonlyMem(reg.type) && write) return cannotWrite(env, regno, reg.type);
      return checkBufferAccess(env, typeIsRdonlyMem(reg.type) ? 'rdonly' : 'rdwr', regno, reg.off, size);
    case PTR_TO_STACK:
      return checkStackRangeInitialized(env, regno, reg.off, size, zeroSizeAllowed, write, meta);
    case PTR_TO_BTF_ID:
      return checkBtfAccess(env, reg, {
        insnIdx: env.insnIdx,
        regno,
        off: reg.off,
        size,
        write: false,
        valueRegno: -1,
        isLdsx: false,
      });
    case PTR_TO_CTX:
      return ctxMemory(env, regno, reg, arg);
    default:
      return notMemory(env, regno, reg, arg);
  }
}

/** check_mem_size_reg(), Linux 6.18: `regno` is the size of the memory in `regno - 1`. */
export function checkMemSizeReg(
  env: VerifierEnv,
  regno: number,
  write: boolean,
  zeroSizeAllowed: boolean,
  meta: CallMeta,
): number {
  const reg = env.reg(regno);
  meta.msizeMaxValue = umax(reg);
  if (smin(reg) < 0) {
    return reject(env, EACCES, "R%d min value is negative, either use unsigned or 'var &= const'\n", regno);
  }
  if (umin(reg) === 0 && !zeroSizeAllowed) {
    const dec = (at: number): string => s64ToDec(reg.a[reg.o + at], reg.a[reg.o + at + 1]);
    return reject(
      env,
      EACCES,
      'R%d invalid zero-sized read: u64=[%s,%s]\n',
      regno,
      dec(UMIN_LO),
      dec(UMAX_LO),
    );
  }
  if (umax(reg) >= BPF_MAX_VAR_OFF) {
    return reject(
      env,
      EACCES,
      "R%d unbounded memory access, use 'var &= const' or 'if (var < const)'\n",
      regno,
    );
  }
  const arg = { size: umax(reg), write, zeroSizeAllowed };
  const err = checkHelperMemAccess(env, regno - 1, arg, varOffConst(reg) ? meta : null);
  return err || markChainPrecision(env, regno);
}

const saved = Reg.alone();

/** check_mem_reg(): memory that a global function reads and writes; NULL is well. */
export function checkMemReg(env: VerifierEnv, regno: number, memSize: number): number {
  const reg = env.reg(regno);
  if (registerIsNull(reg)) return 0;
  const mayBeNull = typeMayBeNull(reg.type);
  if (mayBeNull) {
    saved.assign(reg);
    markPtrNotNullReg(env, reg);
  }
  const arg = { size: memSize, zeroSizeAllowed: true };
  const err =
    checkHelperMemAccess(env, regno, { ...arg, write: false }, null) ||
    checkHelperMemAccess(env, regno, { ...arg, write: true }, null);
  if (mayBeNull) reg.assign(saved);
  return err;
}

/** check_kfunc_mem_size_reg(): the memory before size register `regno` is read and written; NULL is well. */
export function checkKfuncMemSizeReg(env: VerifierEnv, regno: number): number {
  const mem = env.reg(regno - 1);
  const mayBeNull = typeMayBeNull(mem.type);
  if (mayBeNull) {
    saved.assign(mem);
    markPtrNotNullReg(env, mem);
  }
  const meta = newCallMeta(0, {}, false);
  const err = checkMemSizeReg(env, regno, false, true, meta) || checkMemSizeReg(env, regno, true, true, meta);
  if (mayBeNull) mem.assign(saved);
  return err;
}

/** Writes the object's memory as a program would, eight bytes at a time: the stack must be there and free. */
export function writeObjectMemory(env: VerifierEnv, regno: number, bytes: number): number {
  for (let off = 0; off < bytes; off += 8) {
    const err = checkMemAccess(
      env,
      { insnIdx: env.insnIdx, regno, off, size: 8, write: true, valueRegno: -1, isLdsx: false },
      false,
    );
    if (err) return err;
  }
  return 0;
}
