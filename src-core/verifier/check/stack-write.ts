import { BPF_MEM, BPF_ST, classOf, modeOf } from '../../isa/opcodes.ts';
import { pushJmpHistory } from '../explore/history.ts';
import { markChainPrecision } from '../explore/precision.ts';
import { reject, verboseLinfo } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EACCES, EINVAL } from '../state/errno.ts';
import { BPF_REG_SIZE, type Frame } from '../state/frame.ts';
import type { Reg } from '../state/reg.ts';
import {
  baseType,
  CONST_PTR_TO_MAP,
  NOT_INIT,
  PTR_TO_ARENA,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_CTX,
  PTR_TO_FLOW_KEYS,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET,
  PTR_TO_PACKET_END,
  PTR_TO_PACKET_META,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_STACK,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  SCALAR_VALUE,
  STACK_INVALID,
  STACK_MISC,
  STACK_SPILL,
  STACK_ZERO,
} from '../state/reg-type.ts';
import { INSN_F_SPI_SHIFT, INSN_F_STACK_ACCESS } from '../state/state.ts';
import { destroyIfDynptr } from './dynptr-slot.ts';
import {
  clearScalarId,
  funcOf,
  isSpecialSlot,
  isSpilledScalarReg,
  markRegKnownImm,
  registerIsNull,
  regWidth,
  smaxLo,
  sminLo,
  valLo,
  varOffConst,
  varOffZero,
} from './regs.ts';
import { assignScalarIdBeforeMov } from './scalar-id.ts';
import { checkFastcallStackContract, markStackWrite } from './stack-bounds.ts';

const SPILLABLE: ReadonlySet<number> = new Set([
  PTR_TO_MAP_VALUE,
  PTR_TO_STACK,
  PTR_TO_CTX,
  PTR_TO_PACKET,
  PTR_TO_PACKET_META,
  PTR_TO_PACKET_END,
  PTR_TO_FLOW_KEYS,
  CONST_PTR_TO_MAP,
  PTR_TO_SOCKET,
  PTR_TO_SOCK_COMMON,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_TO_BTF_ID,
  PTR_TO_BUF,
  PTR_TO_MEM,
  PTR_TO_FUNC,
  PTR_TO_MAP_KEY,
  PTR_TO_ARENA,
]);

/** insn_stack_access_flags() */
export const stackAccessFlags = (frameno: number, spi: number): number =>
  INSN_F_STACK_ACCESS | (spi << INSN_F_SPI_SHIFT) | frameno;

/** is_bpf_st_mem(): the instruction stores an immediate. */
function isStMem(env: VerifierEnv, insnIdx: number): boolean {
  const code = env.insns.code[insnIdx];
  return classOf(code) === BPF_ST && modeOf(code) === BPF_MEM;
}

/** The upper `size` bytes of the slot hold the register; what lies below becomes misc (save_register_state()). */
function saveRegister(slot: Reg, reg: Reg, size: number): void {
  slot.assign(reg);
  for (let j = 0; j < BPF_REG_SIZE; j++) {
    if (j >= BPF_REG_SIZE - size) slot.setSlotType(j, STACK_SPILL);
    else if (slot.slotType(j) !== STACK_ZERO && slot.slotType(j) !== STACK_INVALID)
      slot.setSlotType(j, STACK_MISC);
  }
}

/** The slot's bytes lose the register that they were part of (scrub_spilled_slot()). */
export function scrubSpilledSlot(slot: Reg): void {
  for (let j = 0; j < BPF_REG_SIZE; j++) {
    if (slot.slotType(j) !== STACK_INVALID) slot.setSlotType(j, STACK_MISC);
  }
}

/** Plain bytes are written: zeros if that is known, else misc. */
function writeBytes(
  env: VerifierEnv,
  slot: Reg,
  first: number,
  size: number,
  valueRegno: number,
  zero: boolean,
): number {
  slot.type = NOT_INIT;
  if (isSpecialSlot(slot)) scrubSpilledSlot(slot);
  if (zero) {
    const err = markChainPrecision(env, valueRegno);
    if (err) return err;
  }
  for (let i = 0; i < size; i++) slot.setSlotType((first - i) & 7, zero ? STACK_ZERO : STACK_MISC);
  return 0;
}

function spillScalar(env: VerifierEnv, slot: Reg, reg: Reg, size: number): void {
  const fits = regWidth(reg) <= 8 * size;
  if (fits) assignScalarIdBeforeMov(env, reg);
  saveRegister(slot, reg, size);
  if (!fits) clearScalarId(slot);
}

function spillPointer(
  env: VerifierEnv,
  frame: Frame,
  slot: Reg,
  reg: Reg,
  size: number,
  insnIdx: number,
): number {
  if (size !== BPF_REG_SIZE) {
    verboseLinfo(env, insnIdx, '; ');
    return reject(env, EACCES, 'invalid size of register spill\n');
  }
  if (frame !== env.func && reg.type === PTR_TO_STACK) {
    return reject(env, EINVAL, 'cannot spill pointers to stack into stack frame of the caller\n');
  }
  saveRegister(slot, reg, size);
  return 0;
}

/** check_stack_write_fixed_off(), Linux 6.18. `valueRegno` -1: an immediate or an unknown value. */
function writeFixedOff(
  env: VerifierEnv,
  frame: Frame,
  off: number,
  size: number,
  valueRegno: number,
  insnIdx: number,
): number {
  const first = -off - 1;
  const spi = first >> 3;
  const aligned = (off & 7) === 0;
  const slot = frame.slot(spi);
  const reg = valueRegno >= 0 ? env.reg(valueRegno) : null;
  const destroyed = destroyIfDynptr(env, frame, spi);
  if (destroyed) return destroyed;
  if (aligned && size === BPF_REG_SIZE) markStackWrite(env, frame.frameno, spi);
  checkFastcallStackContract(env, frame, insnIdx, off);
  env.markSlotScratched(spi);
  const imm = env.insns.imm[insnIdx];
  if (reg !== null && aligned && reg.type === SCALAR_VALUE) {
    spillScalar(env, slot, reg, size);
  } else if (reg === null && aligned && isStMem(env, insnIdx)) {
    const tmp = env.fakeReg[0];
    tmp.clear();
    markRegKnownImm(tmp, imm);
    tmp.type = SCALAR_VALUE;
    saveRegister(slot, tmp, size);
  } else if (reg !== null && SPILLABLE.has(baseType(reg.type))) {
    const err = spillPointer(env, frame, slot, reg, size, insnIdx);
    if (err) return err;
  } else {
    const zero = reg !== null ? registerIsNull(reg) : isStMem(env, insnIdx) && imm === 0;
    return writeBytes(env, slot, first, size, valueRegno, zero);
  }
  return pushJmpHistory(env, env.cur, stackAccessFlags(frame.frameno, spi), null);
}

/** One byte of a write whose place is not known exactly; true if a zero there was kept because zero is written. */
function writeMaybe(slot: Reg, byte: number, writingZero: boolean): boolean {
  const type = slot.slotType(byte);
  if (writingZero && type === STACK_SPILL && isSpilledScalarReg(slot) && varOffZero(slot)) return true;
  // As in the reference kernel: what is left of a spilled register would be no register any more.
  if (isSpecialSlot(slot)) scrubSpilledSlot(slot);
  slot.type = NOT_INIT;
  const keep = writingZero && slot.slotType(byte) === STACK_ZERO;
  slot.setSlotType(byte, keep ? STACK_ZERO : STACK_MISC);
  return keep;
}

/** check_stack_write_var_off(), Linux 6.18: every slot in range may be written. */
function writeVarOff(
  env: VerifierEnv,
  frame: Frame,
  ptr: Reg,
  off: number,
  size: number,
  valueRegno: number,
  insnIdx: number,
): number {
  const minOff = (sminLo(ptr) + off) | 0;
  const maxOff = (smaxLo(ptr) + off + size) | 0;
  const writingZero =
    valueRegno >= 0
      ? registerIsNull(env.reg(valueRegno))
      : isStMem(env, insnIdx) && env.insns.imm[insnIdx] === 0;
  for (let i = minOff; i < maxOff; i++) {
    const destroyed = destroyIfDynptr(env, frame, (-i - 1) >> 3);
    if (destroyed) return destroyed;
  }
  let zeroUsed = false;
  checkFastcallStackContract(env, frame, insnIdx, minOff);
  for (let i = minOff; i < maxOff; i++) {
    const at = -i - 1;
    env.markSlotScratched(at >> 3);
    if (writeMaybe(frame.slot(at >> 3), at & 7, writingZero)) zeroUsed = true;
  }
  return zeroUsed ? markChainPrecision(env, valueRegno) : 0;
}

/** check_stack_write(): the bounds are checked already; `off` holds the pointer's fixed offset. */
export function checkStackWrite(
  env: VerifierEnv,
  ptrRegno: number,
  off: number,
  size: number,
  valueRegno: number,
  insnIdx: number,
): number {
  const ptr = env.reg(ptrRegno);
  const frame = funcOf(env, ptr);
  return varOffConst(ptr)
    ? writeFixedOff(env, frame, off + valLo(ptr), size, valueRegno, insnIdx)
    : writeVarOff(env, frame, ptr, off, size, valueRegno, insnIdx);
}
