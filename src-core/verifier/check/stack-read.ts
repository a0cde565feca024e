import { pushJmpHistory } from '../explore/history.ts';
import { tnumStr } from '../log/state.ts';
import { reject, verboseLinfo } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES } from '../state/errno.ts';
import { BPF_REG_SIZE, type Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import { SCALAR_VALUE, STACK_INVALID, STACK_MISC, STACK_SPILL, STACK_ZERO } from '../state/reg-type.ts';
import {
  clearScalarId,
  funcOf,
  isSpilledReg,
  markRegConstZero,
  markRegUnknown,
  regWidth,
  smaxLo,
  sminLo,
  valLo,
  varOffConst,
  varOffZero,
} from './regs.ts';
import { checkFastcallStackContract, markStackRead } from './stack-bounds.ts';
import { checkStackRangeInitialized } from './stack-range.ts';
import { stackAccessFlags } from './stack-write.ts';

/** The register gets bytes of the stack that are no whole register (mark_reg_stack_read()). */
function markRegStackRead(
  env: VerifierEnv,
  frame: Frame,
  minOff: number,
  maxOff: number,
  regno: number,
): void {
  let zeros = 0;
  for (let i = minOff; i < maxOff; i++) {
    const at = -i - 1;
    env.markSlotScratched(at >> 3);
    if (frame.slot(at >> 3).slotType(at & 7) !== STACK_ZERO) break;
    zeros++;
  }
  if (zeros === maxOff - minOff) markRegConstZero(env.reg(regno));
  else markRegUnknown(env.reg(regno));
}

function spillSize(slot: Reg): number {
  let n = 1;
  for (let j = BPF_REG_SIZE - 1; j > 0 && slot.slotType(j - 1) === STACK_SPILL; j--) n++;
  return n;
}

/** Counts the bytes of a partial fill; refuses bytes of another kind. */
function countBytes(
  env: VerifierEnv,
  slot: Reg,
  off: number,
  size: number,
): { spill: number; zero: number } | number {
  const count = { spill: 0, zero: 0 };
  for (let i = 0; i < size; i++) {
    const type = slot.slotType((-off - 1 - i) & 7);
    if (type === STACK_SPILL) count.spill++;
    else if (type === STACK_ZERO) count.zero++;
    else if (type !== STACK_MISC && type !== STACK_INVALID) {
      return reject(env, EACCES, 'invalid read from stack off %d+%d size %d\n', off, i, size);
    }
  }
  return count;
}

/** Part of a spilled scalar is read. 1 when the register's value came from the spill, 0 when not, or an errno. */
function fillPart(env: VerifierEnv, slot: Reg, off: number, size: number, spilled: number, dst: Reg): number {
  if (size <= spilled && (off & 7) === 0) {
    dst.assign(slot);
    if (regWidth(slot) > size * 8) clearScalarId(dst);
    return 1;
  }
  const count = countBytes(env, slot, off, size);
  if (typeof count === 'number') return count;
  if (count.spill === size && varOffZero(slot)) {
    markRegConstZero(dst);
    return 1;
  }
  if (count.zero === size) markRegConstZero(dst);
  else markRegUnknown(dst);
  return 0;
}

/** check_stack_read_fixed_off(), Linux 6.18. `dstRegno` -1: the value goes nowhere. */
function readFixedOff(env: VerifierEnv, frame: Frame, off: number, size: number, dstRegno: number): number {
  const spi = (-off - 1) >> 3;
  const slot = frame.slot(spi);
  env.markSlotScratched(spi);
  checkFastcallStackContract(env, env.func, env.insnIdx, off);
  const err = markStackRead(env, frame.frameno, spi);
  if (err) return err;
  if (!isSpilledReg(slot)) {
    const count = countBytes(env, slot, off, size);
    if (typeof count === 'number') return count;
    if (dstRegno >= 0) markRegStackRead(env, frame, off, off + size, dstRegno);
    return 0;
  }
  const spilled = spillSize(slot);
  if (size !== BPF_REG_SIZE || spilled !== BPF_REG_SIZE) {
    if (slot.type !== SCALAR_VALUE) {
      verboseLinfo(env, env.insnIdx, '; ');
      return reject(env, EACCES, 'invalid size of register fill\n');
    }
    if (dstRegno < 0) return 0;
    const filled = fillPart(env, slot, off, size, spilled, env.reg(dstRegno));
    if (filled <= 0) return filled;
  } else if (dstRegno >= 0) {
    env.reg(dstRegno).assign(slot);
  }
  return pushJmpHistory(env, env.cur, stackAccessFlags(frame.frameno, spi), null);
}

function readVarOff(env: VerifierEnv, ptrRegno: number, off: number, size: number, dstRegno: number): number {
  const ptr = env.reg(ptrRegno);
  const frame = funcOf(env, ptr);
  const err = checkStackRangeInitialized(env, ptrRegno, off, size, false, false, null);
  if (err) return err;
  const minOff = (sminLo(ptr) + off) | 0;
  const maxOff = (smaxLo(ptr) + off) | 0;
  markRegStackRead(env, frame, minOff, maxOff + size, dstRegno);
  checkFastcallStackContract(env, frame, env.insnIdx, minOff);
  return 0;
}

/** check_stack_read(): the bounds are checked already; `off` holds the pointer's fixed offset. */
export function checkStackRead(
  env: VerifierEnv,
  ptrRegno: number,
  off: number,
  size: number,
  dstRegno: number,
): number {
  const ptr = env.reg(ptrRegno);
  if (varOffConst(ptr)) return readFixedOff(env, funcOf(env, ptr), off + valLo(ptr), size, dstRegno);
  if (dstRegno < 0) {
    return reject(
      env,
      EACCES,
      'variable offset stack pointer cannot be passed into helper function; var_off=%s off=%d size=%d\n',
      tnumStr(ptr.a, ptr.o),
      off,
      size,
    );
  }
  return readVarOff(env, ptrRegno, off, size, dstRegno);
}
