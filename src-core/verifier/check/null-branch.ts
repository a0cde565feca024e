import { BPF_JEQ, BPF_JNE } from '../../isa/opcodes.ts';
import { BPF_RES_SPIN_LOCK, BPF_SPIN_LOCK, hasField } from '../../platform/btf-record.ts';
import type { VerifierEnv } from '../state/env.ts';
import { recordOfReg } from '../state/records.ts';
import type { Reg } from '../state/reg.ts';
import { baseType, isAllocObj, PTR_TO_BTF_ID, SCALAR_VALUE, typeMayBeNull } from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';
import { releaseReferenceNoMark } from './refs.ts';
import { forEachReg, isPointer, isRcuReg, markPtrNotNullReg, varOffZero } from './regs.ts';

function markPtrOrNullReg(env: VerifierEnv, reg: Reg, id: number, isNull: boolean): void {
  if (!typeMayBeNull(reg.type) || reg.id !== id || (id === 0 && !isRcuReg(reg))) return;
  if (!varOffZero(reg) || (reg.off !== 0 && !isAllocObj(reg.type))) return;
  if (isNull) {
    reg.type = SCALAR_VALUE;
    reg.id = 0;
    reg.refObjId = 0;
    return;
  }
  markPtrNotNullReg(env, reg);
  // The identity of a pointer to a lock says which lock it is.
  if (!hasField(recordOfReg(env, reg), BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK)) reg.id = 0;
}

/** All copies of a pointer that was compared with NULL become valid, or the number 0 (mark_ptr_or_null_regs()). */
export function markPtrOrNullRegs(env: VerifierEnv, st: VerifierState, regno: number, isNull: boolean): void {
  const { refObjId, id } = st.reg(regno);
  if (refObjId !== 0 && refObjId === id && isNull) releaseReferenceNoMark(st, id);
  forEachReg(st, (reg) => markPtrOrNullReg(env, reg, id, isNull));
}

/** One of two equal pointers is known not to be NULL: neither is the other. */
export function liftNullOfEqualPointer(
  env: VerifierEnv,
  op: number,
  regnos: { readonly dst: number; readonly src: number },
  thisBranch: VerifierState,
  otherBranch: VerifierState,
): void {
  const dst = thisBranch.reg(regnos.dst);
  const src = thisBranch.reg(regnos.src);
  if (!isPointer(src) || !isPointer(dst)) return;
  if (typeMayBeNull(src.type) === typeMayBeNull(dst.type)) return;
  if (baseType(src.type) === PTR_TO_BTF_ID || baseType(dst.type) === PTR_TO_BTF_ID) return;
  if (op !== BPF_JEQ && op !== BPF_JNE) return;
  const equal = op === BPF_JEQ ? otherBranch : thisBranch;
  markPtrNotNullReg(env, equal.reg(typeMayBeNull(src.type) ? regnos.src : regnos.dst));
}
