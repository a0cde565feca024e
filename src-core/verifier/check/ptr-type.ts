import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import {
  baseType,
  MEM_RDONLY,
  NOT_INIT,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_CTX,
  PTR_TO_MEM,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_UNTRUSTED,
} from '../state/reg-type.ts';

/** Accesses through these are rewritten after the walk, so one instruction cannot mix them (reg_type_mismatch_ok()). */
const REWRITTEN: ReadonlySet<number> = new Set([
  PTR_TO_CTX,
  PTR_TO_SOCKET,
  PTR_TO_SOCK_COMMON,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_TO_BTF_ID,
  PTR_TO_ARENA,
]);

const isMemOrBtf = (type: number): boolean => {
  const base = baseType(type);
  return base === PTR_TO_MEM || base === PTR_TO_BTF_ID;
};

/** Notes the pointer type of a load or store and compares it with that of other paths (save_aux_ptr_type()). */
export function saveAuxPtrType(env: VerifierEnv, type: number, allowTrustMismatch: boolean): number {
  const { ptrType } = env.aux;
  const prev = ptrType[env.insnIdx];
  if (prev === NOT_INIT) {
    ptrType[env.insnIdx] = type;
    return 0;
  }
  if (type === prev || (!REWRITTEN.has(baseType(type)) && !REWRITTEN.has(baseType(prev)))) return 0;
  if (!allowTrustMismatch || !isMemOrBtf(type) || !isMemOrBtf(prev)) {
    return reject(env, EINVAL, 'same insn cannot be used with different pointers\n');
  }
  const mem = baseType(type) === PTR_TO_MEM || baseType(prev) === PTR_TO_MEM;
  ptrType[env.insnIdx] = (mem ? PTR_TO_MEM : PTR_TO_BTF_ID) | ((type | prev) & (PTR_UNTRUSTED | MEM_RDONLY));
  return 0;
}
