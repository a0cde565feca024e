import { type CtxValue, ctxAccess, ctxFieldSize, ctxLayout } from '../../platform/ctx-access.ts';
import { regTypeStr } from '../log/state.ts';
import { reject, verboseLinfo } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import {
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON_OR_NULL,
  SCALAR_VALUE,
  typeMayBeNull,
} from '../state/reg-type.ts';
import { Unsupported } from '../state/unsupported.ts';
import { checkPtrOffReg } from './regions.ts';
import { markRegKnownZero, markRegUnknown } from './regs.ts';

const TYPE_OF_VALUE: Record<CtxValue, number> = {
  scalar: SCALAR_VALUE,
  pkt: PTR_TO_PACKET,
  pkt_meta: PTR_TO_PACKET_META,
  pkt_end: PTR_TO_PACKET_END,
  sock_common_or_null: PTR_TO_SOCK_COMMON_OR_NULL,
};

/** check_ctx_access(): the type of what is loaded, or an errno. */
function checkCtxAccess(
  env: VerifierEnv,
  insnIdx: number,
  off: number,
  size: number,
  write: boolean,
  isLdsx: boolean,
): number {
  const layout = ctxLayout(env.prog);
  if (layout === null) throw new Unsupported(`context of program type ${env.progType}`);
  const field = ctxAccess(layout, off, size, write, isLdsx);
  if (field === null) {
    return reject(env, EACCES, 'invalid bpf_context access off=%d size=%d\n', off, size);
  }
  env.aux.ctxFieldSize[insnIdx] = ctxFieldSize(write ? field.write : field.read);
  if (env.maxCtxOffset < off + size) env.maxCtxOffset = off + size;
  return TYPE_OF_VALUE[field.value];
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
  const type = checkCtxAccess(env, insnIdx, off, size, write, isLdsx);
  if (type < 0) {
    verboseLinfo(env, insnIdx, '; ');
    return type;
  }
  if (write || valueRegno < 0) return 0;
  const dst = env.reg(valueRegno);
  if (type === SCALAR_VALUE) {
    markRegUnknown(dst);
  } else {
    markRegKnownZero(dst);
    if (typeMayBeNull(type)) dst.id = env.newId();
    dst.type = type;
  }
  return 0;
}

export const notReadable = (env: VerifierEnv, regno: number, type: number): number => {
  return reject(env, EACCES, "R%d invalid mem access '%s'\n", regno, regTypeStr(type));
};
