import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL, ERANGE } from '../state/errno.ts';
import { BPF_REG_SIZE, type Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import { STACK_INVALID } from '../state/reg-type.ts';
import { funcOf, markRegNotInit, valLo, varOffConst } from './regs.ts';
import { markStackRead, markStackWrite } from './stack-bounds.ts';

/** Objects that live in whole stack slots: dynptrs, iterators, IRQ flags. */

/** stack_slot_obj_get_spi(): the slot at the object's lowest address; -ERANGE where the stack is not tracked yet. */
export function stackObjectSpi(env: VerifierEnv, reg: Reg, kind: string, nrSlots: number): number {
  if (!varOffConst(reg)) return reject(env, EINVAL, '%s has to be at a constant offset\n', kind);
  const off = reg.off + valLo(reg);
  const spi = Math.trunc((-off - 1) / BPF_REG_SIZE);
  if (off % BPF_REG_SIZE !== 0 || spi + 1 < nrSlots) {
    return reject(env, EINVAL, 'cannot pass in %s at an offset=%d\n', kind, off);
  }
  const slots = funcOf(env, reg).slots;
  return spi - nrSlots + 1 >= 0 && spi < slots ? spi : -ERANGE;
}

export function fillSlot(frame: Frame, spi: number, type: number): void {
  frame.slot(spi).fillSlotType(type);
}

/** The slot holds nothing any more. */
export function forgetSlot(frame: Frame, spi: number): void {
  markRegNotInit(frame.slot(spi));
  fillSlot(frame, spi, STACK_INVALID);
}

/** Do all eight bytes of the slot have this type? */
export const isSlotOf = (frame: Frame, spi: number, type: number): boolean => {
  const slot = frame.slot(spi);
  for (let j = 0; j < BPF_REG_SIZE; j++) if (slot.slotType(j) !== type) return false;
  return true;
};

/** bpf_mark_stack_write() of `nrSlots` slots down from `spi`. */
export function noteSlotsWritten(env: VerifierEnv, frame: Frame, spi: number, nrSlots: number): void {
  for (let i = 0; i < nrSlots; i++) markStackWrite(env, frame.frameno, spi - i);
}

/** mark_stack_slot_obj_read() */
export function noteSlotsRead(env: VerifierEnv, frameno: number, spi: number, nrSlots: number): number {
  for (let i = 0; i < nrSlots; i++) {
    const err = markStackRead(env, frameno, spi - i);
    if (err) return err;
    env.markSlotScratched(spi - i);
  }
  return 0;
}
