import { BPF_TASK_WORK, BPF_TIMER, BPF_WORKQUEUE, hasField } from '../../platform/btf-record.ts';
import { MASK_HI, MASK_LO, SMAX_LO, SMIN_LO, UMAX_LO, UMIN_LO, VAL_LO } from '../domain/layout.ts';
import { markRegKnown as setKnown, markRegUnknown as setUnknown } from '../domain/reg.ts';
import type { VerifierEnv } from '../state/env.ts';
import type { Frame } from '../state/frame.ts';
import { recordOfMap } from '../state/records.ts';
import {
  R_FRAMENO,
  R_ID,
  R_OFF,
  R_PRECISE,
  R_REF_OBJ_ID,
  R_TYPE,
  R_U1,
  R_U2,
  R_U3,
  type Reg,
} from '../state/reg.ts';
import {
  baseType,
  CONST_PTR_TO_MAP,
  DYNPTR_TYPE_SKB,
  DYNPTR_TYPE_SKB_META,
  DYNPTR_TYPE_XDP,
  MEM_ALLOC,
  MEM_RCU,
  MEM_RDONLY,
  NON_OWN_REF,
  NOT_INIT,
  PTR_MAYBE_NULL,
  PTR_TO_BTF_ID,
  PTR_TO_MAP_KEY,
  PTR_TO_MAP_VALUE,
  PTR_TO_MEM,
  PTR_TO_PACKET_END,
  PTR_TO_SOCK_COMMON,
  PTR_TO_SOCKET,
  PTR_TO_TCP_SOCK,
  PTR_TO_XDP_SOCK,
  PTR_TRUSTED,
  PTR_UNTRUSTED,
  SCALAR_VALUE,
  STACK_DYNPTR,
  STACK_SPILL,
  typeFlag,
  typeIsPktPointer,
  typeMayBeNull,
} from '../state/reg-type.ts';
import type { VerifierState } from '../state/state.ts';

/** Marks and questions about single registers, by the kernel's names. */

const TWO32 = 0x1_0000_0000;

/** Bounds as numbers: exact up to 2^53, beyond that rounded, which no check below 2^30 can tell. */
export const smin = (reg: Reg): number => reg.a[reg.o + SMIN_LO + 1] * TWO32 + (reg.a[reg.o + SMIN_LO] >>> 0);
export const smax = (reg: Reg): number => reg.a[reg.o + SMAX_LO + 1] * TWO32 + (reg.a[reg.o + SMAX_LO] >>> 0);
export const umin = (reg: Reg): number =>
  (reg.a[reg.o + UMIN_LO + 1] >>> 0) * TWO32 + (reg.a[reg.o + UMIN_LO] >>> 0);
export const umax = (reg: Reg): number =>
  (reg.a[reg.o + UMAX_LO + 1] >>> 0) * TWO32 + (reg.a[reg.o + UMAX_LO] >>> 0);
/** Low words of the bounds, for arithmetic that the kernel truncates to int. */
export const sminLo = (reg: Reg): number => reg.a[reg.o + SMIN_LO];
export const smaxLo = (reg: Reg): number => reg.a[reg.o + SMAX_LO];
export const umaxLo = (reg: Reg): number => reg.a[reg.o + UMAX_LO];
/** var_off.value, low and high word. */
export const valLo = (reg: Reg): number => reg.a[reg.o + VAL_LO];
export const valHi = (reg: Reg): number => reg.a[reg.o + VAL_LO + 1];

/** tnum_is_const(reg->var_off) */
export const varOffConst = (reg: Reg): boolean => (reg.a[reg.o + MASK_LO] | reg.a[reg.o + MASK_HI]) === 0;
/** tnum_equals_const(reg->var_off, 0) */
export const varOffZero = (reg: Reg): boolean => varOffConst(reg) && (valLo(reg) | valHi(reg)) === 0;
/** register_is_null() */
export const registerIsNull = (reg: Reg): boolean => reg.type === SCALAR_VALUE && varOffZero(reg);
/** is_reg_const() */
export function isRegConst(reg: Reg, subreg32: boolean): boolean {
  if (reg.type !== SCALAR_VALUE) return false;
  return subreg32 ? reg.a[reg.o + MASK_LO] === 0 : varOffConst(reg);
}
/** get_reg_width(): bits that the largest unsigned value takes. */
export function regWidth(reg: Reg): number {
  const hi = reg.a[reg.o + UMAX_LO + 1];
  return hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(reg.a[reg.o + UMAX_LO]);
}
/** A register that is no scalar (`__is_pointer_value(false, reg)`; NOT_INIT counts, as in the kernel). */
export const isPointer = (reg: Reg): boolean => reg.type !== SCALAR_VALUE;
/** is_spilled_reg() */
export const isSpilledReg = (slot: Reg): boolean => slot.slotType(7) === STACK_SPILL;
/** is_stack_slot_special(): the slot is more than bytes. */
export function isSpecialSlot(slot: Reg): boolean {
  const type = slot.slotType(7);
  return type === STACK_SPILL || type >= STACK_DYNPTR;
}
/** is_spilled_scalar_reg() */
export const isSpilledScalarReg = (slot: Reg): boolean => isSpilledReg(slot) && slot.type === SCALAR_VALUE;
export const regIsPktPointer = (reg: Reg): boolean => typeIsPktPointer(reg.type);
export const regIsPktPointerAny = (reg: Reg): boolean =>
  typeIsPktPointer(reg.type) || reg.type === PTR_TO_PACKET_END;
export const typeIsRdonlyMem = (type: number): boolean => (type & MEM_RDONLY) !== 0;

/** __mark_reg_known(): type and frameno stay, everything else that says what the register is goes. */
export function markRegKnown(reg: Reg, lo: number, hi: number): void {
  const { a, o } = reg;
  a[o + R_OFF] = a[o + R_U1] = a[o + R_U2] = a[o + R_U3] = 0;
  a[o + R_ID] = a[o + R_REF_OBJ_ID] = 0;
  setKnown(a, o, lo, hi);
}

/** __mark_reg_known() with a sign-extended immediate. */
export function markRegKnownImm(reg: Reg, imm: number): void {
  markRegKnown(reg, imm, imm >> 31);
}

export function markRegKnownZero(reg: Reg): void {
  markRegKnown(reg, 0, 0);
}

/** __mark_reg_const_zero() */
export function markRegConstZero(reg: Reg): void {
  markRegKnown(reg, 0, 0);
  reg.type = SCALAR_VALUE;
  reg.precise = false;
}

/** __mark_reg_unknown() for a privileged program: any scalar, imprecise. */
export function markRegUnknown(reg: Reg): void {
  const { a, o } = reg;
  a[o + R_TYPE] = SCALAR_VALUE;
  a[o + R_OFF] = a[o + R_U1] = a[o + R_U2] = a[o + R_U3] = 0;
  a[o + R_ID] = a[o + R_REF_OBJ_ID] = a[o + R_FRAMENO] = a[o + R_PRECISE] = 0;
  setUnknown(a, o);
}

/** The scalar is tied to no other any more: neither by its id nor by a distance. */
export function clearScalarId(reg: Reg): void {
  reg.id = 0;
  reg.off = 0;
}

/** __mark_reg_not_init() */
export function markRegNotInit(reg: Reg): void {
  markRegUnknown(reg);
  reg.type = NOT_INIT;
}

/** Types of registers that stand for a kernel structure without naming it (reg2btf_ids[]), and which. */
const STRUCT_OF_TYPE: ReadonlyMap<number, string> = new Map([
  [PTR_TO_SOCKET, 'sock'],
  [PTR_TO_SOCK_COMMON, 'sock_common'],
  [PTR_TO_TCP_SOCK, 'tcp_sock'],
  [CONST_PTR_TO_MAP, 'bpf_map'],
]);

/** reg2btf_ids[]: the kernel structure behind a register's type, or null. */
export const structOfType = (type: number): string | null => STRUCT_OF_TYPE.get(baseType(type)) ?? null;

const TRUSTED_MODIFIERS = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF;

/** bpf_type_has_unsafe_modifiers() */
export const hasUnsafeModifiers = (type: number): boolean => (typeFlag(type) & ~TRUSTED_MODIFIERS) !== 0;

/** BPF_REG_TRUSTED_MODIFIERS of a type. */
export const trustedModifiers = (type: number): number => type & TRUSTED_MODIFIERS;

/** is_trusted_reg() */
export function isTrustedReg(reg: Reg): boolean {
  if (reg.refObjId !== 0) return true;
  const unsafe = hasUnsafeModifiers(reg.type);
  if (structOfType(reg.type) !== null && !unsafe) return true;
  return trustedModifiers(reg.type) !== 0 && !unsafe;
}

/** is_rcu_reg() */
export const isRcuReg = (reg: Reg): boolean => (reg.type & MEM_RCU) !== 0;

/** reg_not_null() */
export function regNotNull(reg: Reg): boolean {
  if (typeMayBeNull(reg.type)) return false;
  switch (baseType(reg.type)) {
    case PTR_TO_SOCKET:
    case PTR_TO_TCP_SOCK:
    case PTR_TO_MAP_VALUE:
    case PTR_TO_MAP_KEY:
    case PTR_TO_SOCK_COMMON:
    case CONST_PTR_TO_MAP:
      return true;
    case PTR_TO_BTF_ID:
      return isTrustedReg(reg);
    case PTR_TO_MEM:
      return (reg.type & PTR_UNTRUSTED) === 0;
    default:
      return false;
  }
}

/** BPF_MAP_TYPE_* that a null check or a lookup treats specially. */
const BPF_MAP_TYPE_SOCKMAP = 15;
const BPF_MAP_TYPE_XSKMAP = 17;
const BPF_MAP_TYPE_SOCKHASH = 18;

/** The pointer was found to be not NULL (mark_ptr_not_null_reg()). */
export function markPtrNotNullReg(env: VerifierEnv, reg: Reg): void {
  if (baseType(reg.type) !== PTR_TO_MAP_VALUE) {
    reg.type &= ~PTR_MAYBE_NULL;
    return;
  }
  const map = env.maps[reg.map];
  if (map.inner !== null) {
    reg.type = CONST_PTR_TO_MAP;
    const inner = env.innerMapIndex(reg.map);
    reg.map = inner;
    // Each lookup may find another inner map: its id tells them apart.
    const fields = BPF_TIMER | BPF_WORKQUEUE | BPF_TASK_WORK;
    if (hasField(recordOfMap(env, env.maps[inner]), fields)) reg.mapUid = reg.id;
  } else if (map.type === BPF_MAP_TYPE_XSKMAP) {
    reg.type = PTR_TO_XDP_SOCK;
  } else if (map.type === BPF_MAP_TYPE_SOCKMAP || map.type === BPF_MAP_TYPE_SOCKHASH) {
    reg.type = PTR_TO_SOCKET;
  } else {
    reg.type = PTR_TO_MAP_VALUE;
  }
}

/** Calls `fn` for every register and every spilled register, frame by frame (bpf_for_each_reg_in_vstate()). */
export function forEachReg(st: VerifierState, fn: (reg: Reg, frame: Frame) => void): void {
  for (let i = 0; i <= st.curframe; i++) {
    const frame = st.frames[i];
    for (let j = 0; j < 11; j++) fn(frame.reg(j), frame);
    for (let j = 0; j < frame.slots; j++) {
      const slot = frame.slot(j);
      if (isSpilledReg(slot)) fn(slot, frame);
    }
  }
}

const PACKET_DYNPTRS = DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META;

/** reg_is_dynptr_slice_pkt() */
const isPacketSlice = (reg: Reg): boolean =>
  baseType(reg.type) === PTR_TO_MEM && (reg.type & PACKET_DYNPTRS) !== 0;

/** Packet data may have moved: pointers into it become unknown scalars (clear_all_pkt_pointers()). */
export function clearAllPktPointers(env: VerifierEnv): void {
  forEachReg(env.cur, (reg) => {
    if (regIsPktPointerAny(reg) || isPacketSlice(reg)) markRegUnknown(reg);
  });
}

/** The frame that a stack pointer points into (func()). */
export const funcOf = (env: VerifierEnv, reg: Reg): Frame => env.cur.frames[reg.frameno];
