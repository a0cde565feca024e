import { tnumStr } from '../log/state.ts';
import { blame, reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EFAULT } from '../state/errno.ts';
import type { Frame } from '../state/frame.ts';
import { STACK_DYNPTR, STACK_INVALID, STACK_MISC, STACK_ZERO } from '../state/reg-type.ts';
import type { CallMeta } from './call-meta.ts';
import { funcOf, isSpilledReg, markRegUnknown, smaxLo, sminLo, valLo, varOffConst } from './regs.ts';
import { checkStackAccessWithinBounds, markStackRead } from './stack-bounds.ts';
import { scrubSpilledSlot } from './stack-write.ts';

/** What the helper fills must not hold a dynptr. */
function refuseOverDynptr(env: VerifierEnv, frame: Frame, min: number, end: number): number {
  for (let i = min; i < end; i++) {
    const at = -i - 1;
    if (frame.allocatedStack <= at || frame.slot(at >> 3).slotType(at & 7) !== STACK_DYNPTR) continue;
    return reject(env, EACCES, 'potential write to dynptr at off=%d disallowed\n', i);
  }
  return 0;
}

/**
 * Stack that is read with a variable offset or handed to a helper (check_stack_range_initialized(),
 * Linux 6.18). With `write` the helper may overwrite it; a `meta` in raw mode only notes the range.
 */
export function checkStackRangeInitialized(
  env: VerifierEnv,
  regno: number,
  off: number,
  size: number,
  zeroSizeAllowed: boolean,
  write: boolean,
  meta: CallMeta | null,
): number {
  const reg = env.reg(regno);
  const frame = funcOf(env, reg);
  if (size === 0 && !zeroSizeAllowed) {
    return reject(env, EACCES, 'invalid zero-sized read\n');
  }
  const err = checkStackAccessWithinBounds(env, regno, off, size, write);
  if (err) return err;
  const fixed = varOffConst(reg);
  const minOff = ((fixed ? valLo(reg) : sminLo(reg)) + off) | 0;
  const maxOff = ((fixed ? valLo(reg) : smaxLo(reg)) + off) | 0;
  if (fixed && meta?.rawMode === true) {
    const overDynptr = refuseOverDynptr(env, frame, minOff, maxOff + size);
    if (overDynptr) return overDynptr;
    meta.accessSize = size;
    meta.regno = regno;
    return 0;
  }
  for (let i = minOff; i < maxOff + size; i++) {
    const at = -i - 1;
    if (frame.allocatedStack <= at) {
      return reject(env, EFAULT, 'allocated_stack too small\n');
    }
    const slot = frame.slot(at >> 3);
    const type = slot.slotType(at & 7);
    if (type === STACK_ZERO || type === STACK_INVALID) {
      if (write) slot.setSlotType(at & 7, STACK_MISC);
    } else if (type !== STACK_MISC) {
      if (!isSpilledReg(slot)) {
        if (fixed) {
          blame(env, 'invalid read from stack R%d off %d+%d size %d\n', regno, minOff, i - minOff, size);
        } else {
          blame(
            env,
            'invalid read from stack R%d var_off %s+%d size %d\n',
            regno,
            tnumStr(reg.a, reg.o),
            i - minOff,
            size,
          );
        }
        return -EACCES;
      }
      if (write) {
        markRegUnknown(slot);
        scrubSpilledSlot(slot);
      }
    }
    const marked = markStackRead(env, reg.frameno, at >> 3);
    if (marked) return marked;
  }
  return 0;
}
