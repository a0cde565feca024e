import { BPF_MEMSX, modeOf, sizeBytes } from '../../isa/opcodes.ts';
import { BPF_KPTR, BPF_UPTR, findField } from '../../platform/btf-record.ts';
import { BPF_F_RDONLY_PROG, BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { coerceRegToSize, coerceRegToSizeSx } from '../domain/coerce.ts';
import { regTypeStr } from '../log/state.ts';
import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, ENOTSUPP } from '../state/errno.ts';
import { BPF_REG_SIZE } from '../state/frame.ts';
import { recordOfMap } from '../state/records.ts';
import type { Reg } from '../state/reg.ts';
import {
  baseType,
  CONST_PTR_TO_MAP,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_STACK,
  PTR_TO_TP_BUFFER,
  PTR_UNTRUSTED,
  SCALAR_VALUE,
  typeIsPktPointer,
  typeIsSkPointer,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import type { Access } from './access.ts';
import { checkPtrAlignment } from './alignment.ts';
import { checkBtfAccess } from './btf-access.ts';
import { checkCtxMem, notReadable } from './ctx.ts';
import { checkKptrAccess } from './kptr.ts';
import { checkMapAccess } from './map-access.ts';
import { checkMapStructAccess } from './map-struct.ts';
import { saveAuxPtrType } from './ptr-type.ts';
import { checkDstRegNoMark, checkSrcReg } from './reg-arg.ts';
import {
  checkBufferAccess,
  checkMapAccessType,
  checkMemRegionAccess,
  checkPacketAccess,
  mayAccessDirectPktData,
} from './regions.ts';
import { markRegKnown, markRegUnknown, typeIsRdonlyMem, valLo, varOffConst } from './regs.ts';
import { regBoundsSanityCheck } from './sanity.ts';
import { checkSockAccess } from './sock.ts';
import { checkStackAccessWithinBounds } from './stack-bounds.ts';
import { checkStackRead } from './stack-read.ts';
import { checkStackWrite } from './stack-write.ts';

/** sizeof(struct bpf_flow_keys) */
const FLOW_KEYS_SIZE = 56;

function markLoaded(env: VerifierEnv, acc: Access): void {
  if (!acc.write && acc.valueRegno >= 0) markRegUnknown(env.reg(acc.valueRegno));
}

/** A constant offset in a frozen read-only array: the value is known (bpf_map_direct_read()). */
function directRead(env: VerifierEnv, reg: Reg, acc: Access): number | null {
  const map = env.maps[reg.map];
  const rdonly = (map.flags & BPF_F_RDONLY_PROG) !== 0 && map.frozen;
  if (!varOffConst(reg) || !rdonly || map.type !== BPF_MAP_TYPE.array) return null;
  if (map.maxEntries !== 1) return -ENOTSUPP;
  const bytes = map.directRead(acc.off + valLo(reg), acc.size);
  if (bytes === null) throw new Unsupported(`contents of read-only map ${map.name}`);
  let lo = 0;
  let hi = 0;
  for (let i = acc.size - 1; i >= 4; i--) hi = (hi << 8) | bytes[i];
  for (let i = Math.min(acc.size, 4) - 1; i >= 0; i--) lo = (lo << 8) | bytes[i];
  if (acc.isLdsx && acc.size < 8) {
    const shift = 32 - acc.size * 8;
    lo = (lo << shift) >> shift;
    hi = lo >> 31;
  }
  const dst = env.reg(acc.valueRegno);
  dst.type = SCALAR_VALUE;
  markRegKnown(dst, lo, hi);
  return 0;
}

function mapValueAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  const { regno, off, size } = acc;
  const err =
    checkMapAccessType(env, regno, off, size, acc.write) ||
    checkMapAccess(env, regno, { off, size, zeroSizeAllowed: false, direct: true });
  if (err) return err;
  const record = recordOfMap(env, env.maps[reg.map]);
  const kptr = varOffConst(reg) ? findField(record, off + valLo(reg), BPF_KPTR | BPF_UPTR) : null;
  if (kptr !== null) return checkKptrAccess(env, kptr, acc);
  if (acc.write || acc.valueRegno < 0) return 0;
  const read = directRead(env, reg, acc);
  if (read === null) markRegUnknown(env.reg(acc.valueRegno));
  return read ?? 0;
}

function memAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  const rdonly = typeIsRdonlyMem(reg.type);
  if (typeMayBeNull(reg.type)) return notReadable(env, acc.regno, reg.type);
  if (acc.write && rdonly) {
    return reject(env, EACCES, 'R%d cannot write into %s\n', acc.regno, regTypeStr(reg.type));
  }
  const untrusted = rdonly && (reg.type & PTR_UNTRUSTED) !== 0;
  const err = untrusted ? 0 : checkMemRegionAccess(env, acc.regno, acc.off, acc.size, reg.memSize, false);
  if (!err) markLoaded(env, acc);
  return err;
}

function bufAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  const rdonly = typeIsRdonlyMem(reg.type);
  if (rdonly && acc.write) {
    return reject(env, EACCES, 'R%d cannot write into %s\n', acc.regno, regTypeStr(reg.type));
  }
  const err = checkBufferAccess(env, rdonly ? 'rdonly' : 'rdwr', acc.regno, acc.off, acc.size);
  if (!err) markLoaded(env, acc);
  return err;
}

function packetAccess(env: VerifierEnv, acc: Access): number {
  if (acc.write && !mayAccessDirectPktData(env, null, true)) {
    return reject(env, EACCES, 'cannot write into packet\n');
  }
  const err = checkPacketAccess(env, acc.regno, acc.off, acc.size, false);
  if (!err) markLoaded(env, acc);
  return err;
}

function stackAccess(env: VerifierEnv, acc: Access): number {
  const err = checkStackAccessWithinBounds(env, acc.regno, acc.off, acc.size, acc.write);
  if (err) return err;
  return acc.write
    ? checkStackWrite(env, acc.regno, acc.off, acc.size, acc.valueRegno, acc.insnIdx)
    : checkStackRead(env, acc.regno, acc.off, acc.size, acc.valueRegno);
}

function sockAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  if (acc.write) {
    return reject(env, EACCES, 'R%d cannot write into %s\n', acc.regno, regTypeStr(reg.type));
  }
  const err = checkSockAccess(env, acc.insnIdx, acc.regno, reg, acc.off, acc.size);
  if (!err) markLoaded(env, acc);
  return err;
}

function tpBufferAccess(env: VerifierEnv, acc: Access): number {
  const err = checkBufferAccess(env, 'tracepoint', acc.regno, acc.off, acc.size);
  if (err) return err;
  env.maxTpAccess = Math.max(env.maxTpAccess, acc.off + acc.size);
  markLoaded(env, acc);
  return 0;
}

/** check_flow_keys_access() */
function flowKeysAccess(env: VerifierEnv, acc: Access): number {
  if (acc.size < 0 || acc.off < 0 || acc.off + acc.size > FLOW_KEYS_SIZE) {
    return reject(env, EACCES, 'invalid access to flow keys off=%d size=%d\n', acc.off, acc.size);
  }
  markLoaded(env, acc);
  return 0;
}

function mapKeyAccess(env: VerifierEnv, reg: Reg, acc: Access): number {
  if (acc.write) {
    return reject(env, EACCES, 'write to change key R%d not allowed\n', acc.regno);
  }
  const err = checkMemRegionAccess(env, acc.regno, acc.off, acc.size, env.maps[reg.map].keySize, false);
  if (!err) markLoaded(env, acc);
  return err;
}

/** The access by the type of pointer; `acc.off` holds the register's fixed offset. */
function accessByType(env: VerifierEnv, reg: Reg, acc: Access): number {
  const { type } = reg;
  const base = baseType(type);
  if (type === PTR_TO_STACK) return stackAccess(env, acc);
  if (type === PTR_TO_MAP_VALUE) return mapValueAccess(env, reg, acc);
  if (typeIsPktPointer(type)) return packetAccess(env, acc);
  if (type === PTR_TO_CTX) {
    return checkCtxMem(env, acc.insnIdx, acc.regno, acc.off, acc.size, acc.write, acc.valueRegno, acc.isLdsx);
  }
  if (type === PTR_TO_MAP_KEY) return mapKeyAccess(env, reg, acc);
  if (base === PTR_TO_MEM) return memAccess(env, reg, acc);
  if (typeIsSkPointer(type)) return sockAccess(env, reg, acc);
  if (type === PTR_TO_TP_BUFFER) return tpBufferAccess(env, acc);
  if (base === PTR_TO_BUF && !typeMayBeNull(type)) return bufAccess(env, reg, acc);
  if (type === PTR_TO_FLOW_KEYS) return flowKeysAccess(env, acc);
  if (base === PTR_TO_BTF_ID && !typeMayBeNull(type)) return checkBtfAccess(env, reg, acc);
  if (type === CONST_PTR_TO_MAP) return checkMapStructAccess(env, reg, acc);
  if (type === PTR_TO_ARENA) {
    markLoaded(env, acc);
    return 0;
  }
  return notReadable(env, acc.regno, type);
}

/** check_mem_access(), Linux 6.18; `acc.off` leaves out the register's own fixed offset. */
export function checkMemAccess(env: VerifierEnv, acc: Access, strictOnce: boolean): number {
  const reg = env.reg(acc.regno);
  let err = checkPtrAlignment(env, reg, acc.off, acc.size, strictOnce);
  if (err) return err;
  err = accessByType(env, reg, { ...acc, off: acc.off + reg.off });
  if (err || acc.write || acc.valueRegno < 0 || acc.size >= BPF_REG_SIZE) return err;
  const dst = env.reg(acc.valueRegno);
  if (dst.type !== SCALAR_VALUE) return 0;
  if (acc.isLdsx) coerceRegToSizeSx(dst.a, dst.o, acc.size);
  else coerceRegToSize(dst.a, dst.o, acc.size);
  return 0;
}

/** check_load_mem(), Linux 6.18. */
export function checkLoadMem(
  env: VerifierEnv,
  strictOnce: boolean,
  allowTrustMismatch: boolean,
  ctx: string,
): number {
  const { insns, insnIdx } = env;
  const code = insns.code[insnIdx];
  const src = insns.src[insnIdx];
  const dst = insns.dst[insnIdx];
  let err = checkSrcReg(env, src) || checkDstRegNoMark(env, dst);
  if (err) return err;
  const srcType = env.reg(src).type;
  const isLdsx = modeOf(code) === BPF_MEMSX && ctx === 'ldx';
  err = checkMemAccess(
    env,
    {
      insnIdx,
      regno: src,
      off: insns.off[insnIdx],
      size: sizeBytes(code),
      write: false,
      valueRegno: dst,
      isLdsx,
    },
    strictOnce,
  );
  return (
    err || saveAuxPtrType(env, srcType, allowTrustMismatch) || regBoundsSanityCheck(env, env.reg(dst), ctx)
  );
}

/** check_store_reg(), Linux 6.18. */
export function checkStoreReg(env: VerifierEnv, strictOnce: boolean): number {
  const { insns, insnIdx } = env;
  const dst = insns.dst[insnIdx];
  const src = insns.src[insnIdx];
  let err = checkSrcReg(env, src) || checkSrcReg(env, dst);
  if (err) return err;
  const dstType = env.reg(dst).type;
  err = checkMemAccess(
    env,
    {
      insnIdx,
      regno: dst,
      off: insns.off[insnIdx],
      size: sizeBytes(insns.code[insnIdx]),
      write: true,
      valueRegno: src,
      isLdsx: false,
    },
    strictOnce,
  );
  return err || saveAuxPtrType(env, dstType, false);
}

/** BPF_ST: store of an immediate. */
export function checkStoreImm(env: VerifierEnv): number {
  const { insns, insnIdx } = env;
  const dst = insns.dst[insnIdx];
  let err = checkSrcReg(env, dst);
  if (err) return err;
  const dstType = env.reg(dst).type;
  err = checkMemAccess(
    env,
    {
      insnIdx,
      regno: dst,
      off: insns.off[insnIdx],
      size: sizeBytes(insns.code[insnIdx]),
      write: true,
      valueRegno: -1,
      isLdsx: false,
    },
    false,
  );
  return err || saveAuxPtrType(env, dstType, false);
}
