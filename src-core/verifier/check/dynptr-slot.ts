import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import type { Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import {
  CONST_PTR_TO_DYNPTR,
  DYNPTR_TYPE_LOCAL,
  DYNPTR_TYPE_RINGBUF,
  DYNPTR_TYPE_SKB,
  DYNPTR_TYPE_SKB_META,
  DYNPTR_TYPE_XDP,
  PTR_MAYBE_NULL,
  PTR_TO_MEM,
  STACK_DYNPTR,
} from '../state/reg-type.ts';
import { acquireReference, releaseReference } from './refs.ts';
import { forEachReg, funcOf, markRegKnownZero, markRegUnknown } from './regs.ts';
import { fillSlot, forgetSlot, isSlotOf, noteSlotsWritten, stackObjectSpi } from './stack-object.ts';

/** `enum bpf_dynptr_type` */
export const BPF_DYNPTR_TYPE_INVALID = 0;
export const BPF_DYNPTR_TYPE_LOCAL = 1;
export const BPF_DYNPTR_TYPE_RINGBUF = 2;
export const BPF_DYNPTR_TYPE_SKB = 3;
export const BPF_DYNPTR_TYPE_XDP = 4;
export const BPF_DYNPTR_TYPE_SKB_META = 5;

export const BPF_DYNPTR_NR_SLOTS = 2;

const FLAG_OF_TYPE: readonly number[] = [
  0,
  DYNPTR_TYPE_LOCAL,
  DYNPTR_TYPE_RINGBUF,
  DYNPTR_TYPE_SKB,
  DYNPTR_TYPE_XDP,
  DYNPTR_TYPE_SKB_META,
];

export const DYNPTR_TYPE_FLAG_MASK =
  DYNPTR_TYPE_LOCAL | DYNPTR_TYPE_RINGBUF | DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META;

/** get_dynptr_type_flag() */
export const dynptrTypeFlag = (type: number): number => FLAG_OF_TYPE[type] ?? 0;

/** arg_to_dynptr_type() */
export function argToDynptrType(argType: number): number {
  const type = FLAG_OF_TYPE.indexOf(argType & DYNPTR_TYPE_FLAG_MASK);
  return type < 0 ? BPF_DYNPTR_TYPE_INVALID : type;
}

/** dynptr_type_refcounted() */
export const isRefcountedDynptr = (type: number): boolean => type === BPF_DYNPTR_TYPE_RINGBUF;

export const dynptrSpi = (env: VerifierEnv, reg: Reg): number =>
  stackObjectSpi(env, reg, 'dynptr', BPF_DYNPTR_NR_SLOTS);

/** __mark_dynptr_reg() */
export function markDynptrReg(reg: Reg, type: number, firstSlot: boolean, id: number): void {
  markRegKnownZero(reg);
  // A slot has no use for the type, the argument of a callback has.
  reg.type = CONST_PTR_TO_DYNPTR;
  reg.id = id;
  reg.dynptrType = type;
  reg.firstSlot = firstSlot;
}

/** invalidate_dynptr() */
function invalidate(env: VerifierEnv, frame: Frame, spi: number): void {
  forgetSlot(frame, spi);
  forgetSlot(frame, spi - 1);
  noteSlotsWritten(env, frame, spi, BPF_DYNPTR_NR_SLOTS);
}

/** destroy_if_dynptr_stack_slot(): the slot is about to be overwritten; slices of its dynptr are void. */
export function destroyIfDynptr(env: VerifierEnv, frame: Frame, slot: number): number {
  if (slot >= frame.slots || frame.slot(slot).slotType(0) !== STACK_DYNPTR) return 0;
  const spi = frame.slot(slot).firstSlot ? slot : slot + 1;
  const main = frame.slot(spi);
  if (isRefcountedDynptr(main.dynptrType)) {
    return reject(env, EINVAL, 'cannot overwrite referenced dynptr\n');
  }
  env.markSlotScratched(spi);
  env.markSlotScratched(spi - 1);
  const { id } = main;
  fillSlot(frame, spi, 0);
  fillSlot(frame, spi - 1, 0);
  forEachReg(env.cur, (reg) => {
    if (reg.type !== (PTR_TO_MEM | PTR_MAYBE_NULL) && reg.type !== PTR_TO_MEM) return;
    if (reg.dynptrId === id) markRegUnknown(reg);
  });
  invalidate(env, frame, spi);
  return 0;
}

/** mark_stack_slots_dynptr(): a dynptr is made in the two slots; a clone shares its parent's reference. */
export function markStackSlotsDynptr(
  env: VerifierEnv,
  reg: Reg,
  argType: number,
  cloneRefObjId: number,
): number {
  const frame = funcOf(env, reg);
  const spi = dynptrSpi(env, reg);
  if (spi < 0) return spi;
  const err = destroyIfDynptr(env, frame, spi) || destroyIfDynptr(env, frame, spi - 1);
  if (err) return err;
  fillSlot(frame, spi, STACK_DYNPTR);
  fillSlot(frame, spi - 1, STACK_DYNPTR);
  const type = argToDynptrType(argType);
  if (type === BPF_DYNPTR_TYPE_INVALID) return -EINVAL;
  const id = env.newId();
  markDynptrReg(frame.slot(spi), type, true, id);
  markDynptrReg(frame.slot(spi - 1), type, false, id);
  if (isRefcountedDynptr(type)) {
    const refObjId = cloneRefObjId || acquireReference(env, env.insnIdx);
    frame.slot(spi).refObjId = refObjId;
    frame.slot(spi - 1).refObjId = refObjId;
  }
  noteSlotsWritten(env, frame, spi, BPF_DYNPTR_NR_SLOTS);
  return 0;
}

/** unmark_stack_slots_dynptr(): the dynptr is submitted or discarded, and its clones with it. */
export function unmarkStackSlotsDynptr(env: VerifierEnv, reg: Reg): number {
  const frame = funcOf(env, reg);
  const spi = dynptrSpi(env, reg);
  if (spi < 0) return spi;
  const main = frame.slot(spi);
  if (!isRefcountedDynptr(main.dynptrType)) {
    invalidate(env, frame, spi);
    return 0;
  }
  const { refObjId } = main;
  releaseReference(env, refObjId);
  for (let i = 1; i < frame.slots; i++) {
    if (frame.slot(i).refObjId === refObjId && frame.slot(i).firstSlot) invalidate(env, frame, i);
  }
  return 0;
}

/** The two slots (or the const argument) hold an initialised dynptr (is_dynptr_reg_valid_init()). */
export function isDynptrInit(env: VerifierEnv, reg: Reg): boolean {
  if (reg.type === CONST_PTR_TO_DYNPTR) return true;
  const spi = dynptrSpi(env, reg);
  if (spi < 0) return false;
  const frame = funcOf(env, reg);
  if (!frame.slot(spi).firstSlot) return false;
  return isSlotOf(frame, spi, STACK_DYNPTR) && isSlotOf(frame, spi - 1, STACK_DYNPTR);
}

/** The register that describes a dynptr argument: itself, or its main slot; null where there is none. */
export function dynptrOf(env: VerifierEnv, reg: Reg): Reg | null {
  if (reg.type === CONST_PTR_TO_DYNPTR) return reg;
  const spi = dynptrSpi(env, reg);
  return spi < 0 ? null : funcOf(env, reg).slot(spi);
}
