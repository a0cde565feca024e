import {
  type CtxAccess,
  type CtxLayout,
  type CtxValue,
  ctxAccess,
  ctxFieldSize,
} from '../../platform/prog/context.ts';
import { regTypeStr } from '../log/state.ts';
import { reject, verboseLinfo } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { BTF_VMLINUX, type Reg } from '../state/reg.ts';
import {
  baseType,
  PTR_TO_BTF_ID,
  PTR_TO_FLOW_KEYS,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON_OR_NULL,
  PTR_TO_SOCKET,
  PTR_TO_SOCKET_OR_NULL,
  PTR_TO_TP_BUFFER,
  PTR_TRUSTED,
  SCALAR_VALUE,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { type CtxInfo, ctxArgAccess, lsmRetvalRange } from './ctx-args.ts';
import { checkPtrOffReg } from './regions.ts';
import { markRegKnownZero, markRegUnknown } from './regs.ts';
import { markRegS32Range } from './s32-range.ts';

const TYPE_OF_VALUE: Record<Extract<CtxValue, string>, number> = {
  scalar: SCALAR_VALUE,
  pkt: PTR_TO_PACKET,
  pkt_meta: PTR_TO_PACKET_META,
  pkt_end: PTR_TO_PACKET_END,
  flow_keys: PTR_TO_FLOW_KEYS,
  sock: PTR_TO_SOCKET,
  sock_or_null: PTR_TO_SOCKET_OR_NULL,
  sock_common_or_null: PTR_TO_SOCK_COMMON_OR_NULL,
  tp_buffer: PTR_TO_TP_BUFFER,
};

/** A field of a context that is laid out; fills `info`. */
function fieldAccess(
  env: VerifierEnv,
  insnIdx: number,
  layout: CtxLayout,
  access: CtxAccess,
  info: CtxInfo,
): boolean {
  const field = ctxAccess(layout, access);
  if (field === null) return false;
  env.aux.ctxFieldSize[insnIdx] = ctxFieldSize(access.write ? field.write : field.read, access.size);
  if (typeof field.value === 'string') {
    info.regType = TYPE_OF_VALUE[field.value];
    return true;
  }
  info.regType = PTR_TO_BTF_ID | PTR_TRUSTED;
  info.btf = BTF_VMLINUX;
  info.btfId = env.kernelType(field.value.trusted, 'struct');
  return true;
}

/** check_ctx_access(): fills `info`; 0 or an errno. */
function checkCtxAccess(env: VerifierEnv, insnIdx: number, access: CtxAccess, info: CtxInfo): number {
  const { off, size } = access;
  const layout = env.ops.context(env.prog);
  const allowed =
    layout === 'args' ? ctxArgAccess(env, access, info) : fieldAccess(env, insnIdx, layout, access, info);
  if (!allowed) return reject(env, EACCES, 'invalid bpf_context access off=%d size=%d\n', off, size);
  if (env.maxCtxOffset < off + size) env.maxCtxOffset = off + size;
  return 0;
}

/** The value that an LSM hook returned is within what it may return. */
function markRetval(env: VerifierEnv, dst: Reg): void {
  markRegUnknown(dst);
  const range = env.target === null ? null : lsmRetvalRange(env.target);
  if (range !== null) markRegS32Range(dst, range.min, range.max);
}

/** The PTR_TO_CTX part of check_mem_access(), Linux 6.18. `off` holds the pointer's fixed offset. */
export function checkCtxMem(
  env: VerifierEnv,
  insnIdx: number,
  regno: number,
  off: number,
  size: number,
  write: boolean,
  valueRegno: number,
  isLdsx: boolean,
): number {
  const err = checkPtrOffReg(env, env.reg(regno), regno, false);
  if (err < 0) return err;
  const info: CtxInfo = { regType: SCALAR_VALUE, btf: 0, btfId: 0, isRetval: false };
  const refused = checkCtxAccess(env, insnIdx, { off, size, write, isLdsx }, info);
  if (refused) {
    verboseLinfo(env, insnIdx, '; ');
    return refused;
  }
  if (write || valueRegno < 0) return 0;
  const dst = env.reg(valueRegno);
  if (info.regType === SCALAR_VALUE) {
    if (info.isRetval) markRetval(env, dst);
    else markRegUnknown(dst);
    return 0;
  }
  markRegKnownZero(dst);
  if (typeMayBeNull(info.regType)) dst.id = env.newId();
  if (baseType(info.regType) === PTR_TO_BTF_ID) {
    dst.btf = info.btf;
    dst.btfId = info.btfId;
  }
  dst.type = info.regType;
  return 0;
}

export const notReadable = (env: VerifierEnv, regno: number, type: number): number => {
  return reject(env, EACCES, "R%d invalid mem access '%s'\n", regno, regTypeStr(type));
};
