import { BPF_TIMER } from '../../platform/btf-record.ts';
import { funcIdName } from '../../platform/func-access.ts';
import { ARG, argBase, argBtf, argSize, type FuncProto } from '../../platform/func-proto.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { markChainPrecision, markChainPrecisionBatch } from '../explore/precision.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT, EINVAL, ENOTSUPP, EOPNOTSUPP } from '../state/errno.ts';
import type { Reg } from '../state/reg.ts';
import {
  MEM_ALIGNED,
  MEM_FIXED_SIZE,
  MEM_UNINIT,
  MEM_WRITE,
  OBJ_RELEASE,
  PTR_TO_MAP_VALUE,
  PTR_TO_STACK,
  STACK_SPILL,
  STACK_ZERO,
  typeIsPktPointer,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { checkPtrAlignment } from './alignment.ts';
import { argTypeOf, checkFuncArgRegOff, checkRegType } from './arg-types.ts';
import type { CallMeta } from './call-meta.ts';
import { inTreeCallback } from './context.ts';
import { processDynptr } from './dynptr.ts';
import { dynptrSpi } from './dynptr-slot.ts';
import { checkHelperMemAccess, checkMemSizeReg } from './helper-mem.ts';
import { processKptr } from './kptr.ts';
import { processSpinLock } from './lock.ts';
import { checkMapAccess } from './map-access.ts';
import { checkMapField } from './map-field.ts';
import { checkSrcReg } from './reg-arg.ts';
import { mayAccessDirectPktData } from './regions.ts';
import { funcOf, isSpilledScalarReg, registerIsNull, valHi, valLo, varOffConst } from './regs.ts';

/** The lookup of a constant index cannot fail (can_elide_value_nullness()). */
export const canElideValueNullness = (mapType: number): boolean =>
  mapType === BPF_MAP_TYPE.array || mapType === BPF_MAP_TYPE.percpu_array;

function countFrom(slot: Reg, byte: number, type: number): number {
  let n = 0;
  for (let i = byte; i >= 0 && slot.slotType(i) === type; i--) n++;
  return n;
}

/** The constant that lies on the stack as a map key, in meta.constMapKey (get_constant_map_key()). */
function constantMapKey(env: VerifierEnv, key: Reg, keySize: number, meta: CallMeta): number {
  if (key.type !== PTR_TO_STACK || !varOffConst(key)) return -EOPNOTSUPP;
  const at = -(key.off + valLo(key)) - 1;
  const spi = at >> 3;
  const slot = funcOf(env, key).slot(spi);
  if (countFrom(slot, at & 7, STACK_ZERO) >= keySize) {
    meta.constMapKey = 0;
    return 0;
  }
  if (!isSpilledScalarReg(slot) || countFrom(slot, at & 7, STACK_SPILL) !== keySize) return -EOPNOTSUPP;
  if (!varOffConst(slot)) return -EOPNOTSUPP;
  env.bt.setSlot(key.frameno, spi);
  const err = markChainPrecisionBatch(env, env.cur);
  if (err < 0) return err;
  meta.constMapKey = valHi(slot) * 0x1_0000_0000 + (valLo(slot) >>> 0);
  return 0;
}

function mapKeyArg(env: VerifierEnv, regno: number, reg: Reg, meta: CallMeta): number {
  if (meta.map < 0) return verifierBug(env, 'invalid map_ptr to access map->key');
  const map = env.maps[meta.map];
  const arg = { size: map.keySize, write: false, zeroSizeAllowed: false };
  const err = checkHelperMemAccess(env, regno, arg, null);
  if (err || !canElideValueNullness(map.type)) return err;
  const found = constantMapKey(env, reg, map.keySize, meta);
  if (found >= 0) return 0;
  meta.constMapKey = -1;
  return found === -EOPNOTSUPP ? 0 : found;
}

function verifierBug(env: VerifierEnv, text: string): number {
  return reject(env, EFAULT, 'verifier bug: %s\n', text);
}

function mapPtrArg(env: VerifierEnv, reg: Reg, meta: CallMeta): number {
  if (meta.map >= 0 && (meta.map !== reg.map || meta.mapUid !== reg.mapUid)) {
    return reject(
      env,
      EINVAL,
      "timer pointer in R1 map_uid=%d doesn't match map pointer in R2 map_uid=%d\n",
      meta.mapUid,
      reg.mapUid,
    );
  }
  meta.map = reg.map;
  meta.mapUid = reg.mapUid;
  return 0;
}

function mapValueArg(env: VerifierEnv, regno: number, reg: Reg, argType: number, meta: CallMeta): number {
  if (typeMayBeNull(argType) && registerIsNull(reg)) return 0;
  if (meta.map < 0) return verifierBug(env, 'invalid map_ptr to access map->value');
  meta.rawMode = (argType & MEM_UNINIT) !== 0;
  const arg = {
    size: env.maps[meta.map].valueSize,
    write: (argType & MEM_WRITE) !== 0,
    zeroSizeAllowed: false,
  };
  return checkHelperMemAccess(env, regno, arg, meta);
}

function memArg(
  env: VerifierEnv,
  regno: number,
  reg: Reg,
  argType: number,
  size: number,
  meta: CallMeta,
): number {
  meta.rawMode = (argType & MEM_UNINIT) !== 0;
  if ((argType & MEM_FIXED_SIZE) === 0) return 0;
  const arg = { size, write: (argType & MEM_WRITE) !== 0, zeroSizeAllowed: false };
  const err = checkHelperMemAccess(env, regno, arg, meta);
  if (err || (argType & MEM_ALIGNED) === 0) return err;
  return checkPtrAlignment(env, reg, 0, size, true);
}

/** check_reg_const_str(), Linux 6.18: a zero-terminated string in a read-only map. */
export function constStrArg(env: VerifierEnv, regno: number, reg: Reg): number {
  if (reg.type !== PTR_TO_MAP_VALUE) return -EINVAL;
  const map = env.maps[reg.map];
  if ((map.flags & BPF_F_RDONLY_PROG) === 0 || !map.frozen) {
    return reject(env, EACCES, "R%d does not point to a readonly map'\n", regno);
  }
  if (!varOffConst(reg)) {
    return reject(env, EACCES, "R%d is not a constant address'\n", regno);
  }
  if (map.type !== BPF_MAP_TYPE.array) {
    return reject(env, EACCES, 'no direct value access support for this map type\n');
  }
  const err = checkMapAccess(env, regno, {
    off: reg.off,
    size: map.valueSize - reg.off,
    zeroSizeAllowed: false,
    direct: false,
  });
  if (err) return err;
  if (map.maxEntries !== 1) {
    return reject(env, ENOTSUPP, 'direct value access on string failed\n');
  }
  if (readConstStr(env, reg) !== null) return 0;
  return reject(env, EINVAL, 'string is not zero-terminated\n');
}

/** The bytes before the terminator of a string in a read-only map, or null without one. */
export function readConstStr(env: VerifierEnv, reg: Reg): number[] | null {
  const map = env.maps[reg.map];
  const out: number[] = [];
  for (let at = reg.off + valLo(reg); at < map.valueSize; at++) {
    const byte = map.directRead(at, 1);
    if (byte === null) throw new Unsupported(`contents of read-only map ${map.name}`);
    if (byte[0] === 0) return out;
    out.push(byte[0]);
  }
  return null;
}

function allocSizeArg(env: VerifierEnv, regno: number, reg: Reg, meta: CallMeta): number {
  if (!varOffConst(reg)) {
    return reject(env, EACCES, "R%d is not a known constant'\n", regno);
  }
  meta.memSize = valLo(reg);
  return markChainPrecision(env, regno);
}

/** A dynptr that is given back lies on the stack and holds a reference. */
function checkDynptrRelease(env: VerifierEnv, reg: Reg, regno: number): number {
  if (reg.type !== PTR_TO_STACK) {
    return reject(env, EINVAL, 'cannot release unowned const bpf_dynptr\n');
  }
  const spi = dynptrSpi(env, reg);
  if (spi >= 0 && funcOf(env, reg).slot(spi).refObjId !== 0) return 0;
  return reject(env, EINVAL, 'arg %d is an unacquired reference\n', regno);
}

/** References and releases that the argument carries; 0 or an errno. */
function noteReference(env: VerifierEnv, regno: number, reg: Reg, argType: number, meta: CallMeta): number {
  if (argType & OBJ_RELEASE) {
    if (argBase(argType) === ARG.ARG_PTR_TO_DYNPTR) {
      const err = checkDynptrRelease(env, reg, regno);
      if (err) return err;
    } else if (reg.refObjId === 0 && !registerIsNull(reg)) {
      return reject(env, EINVAL, 'R%d must be referenced when passed to release function\n', regno);
    }
    meta.releaseRegno = regno;
  }
  if (reg.refObjId !== 0 && argBase(argType) !== ARG.ARG_KPTR_XCHG_DEST) {
    if (meta.refObjId !== 0) {
      return reject(
        env,
        EACCES,
        'more than one arg with ref_obj_id R%d %u %u',
        regno,
        reg.refObjId,
        meta.refObjId,
      );
    }
    meta.refObjId = reg.refObjId;
  }
  return 0;
}

function spinLockArg(env: VerifierEnv, regno: number, meta: CallMeta): number {
  if (inTreeCallback(env)) return reject(env, EACCES, "can't spin_{lock,unlock} in rbtree cb\n");
  const lock = meta.funcId === BPF_FUNC.spin_lock;
  return processSpinLock(env, regno, { lock, res: false, irq: false });
}

function argByType(env: VerifierEnv, arg: number, argType: number, fn: FuncProto, meta: CallMeta): number {
  const regno = arg + 1;
  const reg = env.reg(regno);
  const sizedWrite = (): boolean => (argTypeOf(fn, arg - 1) & MEM_WRITE) !== 0;
  switch (argBase(argType)) {
    case ARG.ARG_CONST_MAP_PTR:
      return mapPtrArg(env, reg, meta);
    case ARG.ARG_PTR_TO_MAP_KEY:
      return mapKeyArg(env, regno, reg, meta);
    case ARG.ARG_PTR_TO_MAP_VALUE:
      return mapValueArg(env, regno, reg, argType, meta);
    case ARG.ARG_PTR_TO_FUNC:
      meta.subprogno = reg.subprogno;
      return 0;
    case ARG.ARG_PTR_TO_MEM:
      return memArg(env, regno, reg, argType, argSize(fn, arg), meta);
    case ARG.ARG_CONST_SIZE:
      return checkMemSizeReg(env, regno, sizedWrite(), false, meta);
    case ARG.ARG_CONST_SIZE_OR_ZERO:
      return checkMemSizeReg(env, regno, sizedWrite(), true, meta);
    case ARG.ARG_CONST_ALLOC_SIZE_OR_ZERO:
      return allocSizeArg(env, regno, reg, meta);
    case ARG.ARG_PTR_TO_CONST_STR:
      return constStrArg(env, regno, reg);
    case ARG.ARG_PTR_TO_PERCPU_BTF_ID:
      if (reg.btfId === 0) return reject(env, EACCES, 'Helper has invalid btf_id in R%d\n', regno);
      meta.retBtf = reg.btf;
      meta.retBtfId = reg.btfId;
      return 0;
    case ARG.ARG_PTR_TO_SPIN_LOCK:
      return spinLockArg(env, regno, meta);
    case ARG.ARG_PTR_TO_TIMER:
      return checkMapField(env, regno, BPF_TIMER, meta);
    case ARG.ARG_PTR_TO_DYNPTR:
      return processDynptr(env, regno, argType, 0);
    case ARG.ARG_KPTR_XCHG_DEST:
      return processKptr(env, regno, meta);
    default:
      return 0;
  }
}

/** resolve_map_arg_type(): what "map value" means for the map at hand; a negative errno when it cannot be. */
function resolveMapArgType(env: VerifierEnv, meta: CallMeta, argType: number): number {
  if (meta.map < 0) return verifierBug(env, 'invalid map_ptr to access map->type');
  const { type } = env.maps[meta.map];
  if (type === BPF_MAP_TYPE.sockmap || type === BPF_MAP_TYPE.sockhash) {
    if (argType === ARG.ARG_PTR_TO_MAP_VALUE) return ARG.ARG_PTR_TO_BTF_ID_SOCK_COMMON;
    return reject(env, EINVAL, 'invalid arg_type for sockmap/sockhash\n');
  }
  if (type === BPF_MAP_TYPE.bloom_filter && funcIdName(meta.funcId) === 'bpf_map_peek_elem') {
    return ARG.ARG_PTR_TO_MAP_VALUE;
  }
  return argType;
}

/** check_func_arg(), Linux 6.18: argument `arg` (0-4) of a helper call. */
export function checkFuncArg(env: VerifierEnv, arg: number, fn: FuncProto, meta: CallMeta): number {
  const regno = arg + 1;
  let argType = argTypeOf(fn, arg);
  if (argType === ARG.ARG_DONTCARE) return 0;
  let err = checkSrcReg(env, regno);
  if (err || argType === ARG.ARG_ANYTHING) return err;
  const reg = env.reg(regno);
  if (typeIsPktPointer(reg.type) && !mayAccessDirectPktData(env, meta, false)) {
    return reject(env, EACCES, 'helper access to the packet is not allowed\n');
  }
  if (argBase(argType) === ARG.ARG_PTR_TO_MAP_VALUE) {
    argType = resolveMapArgType(env, meta, argType);
    if (argType < 0) return argType;
  }
  if (!registerIsNull(reg) || !typeMayBeNull(argType)) {
    err = checkRegType(env, { regno, argType, want: argBtf(fn, arg) }, meta);
    err = err || checkFuncArgRegOff(env, reg, regno, argType);
    if (err) return err;
  }
  return noteReference(env, regno, reg, argType, meta) || argByType(env, arg, argType, fn, meta);
}
