import { s64ToDec, u64ToDec, u64ToHex } from '../../util/int64.ts';
import {
  MASK_HI,
  MASK_LO,
  S32_MAX,
  S32_MIN,
  SMAX_LO,
  SMIN_LO,
  tnumIsConst,
  tnumIsUnknown,
  U32_MAX,
  U32_MIN,
  UMAX_LO,
  UMIN_LO,
  VAL_HI,
  VAL_LO,
} from '../domain/index.ts';
import type { VerifierEnv } from '../state/env.ts';
import type { Frame } from '../state/frame.ts';
import { BPF_ADD_CONST, type Reg } from '../state/reg.ts';
import * as T from '../state/reg-type.ts';

/** reg_type_str()'s words by base type. */
const BASE_TEXT: readonly string[] = [
  '?',
  'scalar',
  'ctx',
  'map_ptr',
  'map_value',
  'map_key',
  'fp',
  'pkt_meta',
  'pkt',
  'pkt_end',
  'flow_keys',
  'sock',
  'sock_common',
  'tcp_sock',
  'tp_buffer',
  'xdp_sock',
  'ptr_',
  'mem',
  'arena',
  'buf',
  'func',
  'dynptr_ptr',
];

const PREFIXES: readonly (readonly [number, string])[] = [
  [T.MEM_RDONLY, 'rdonly_'],
  [T.MEM_RINGBUF, 'ringbuf_'],
  [T.MEM_USER, 'user_'],
  [T.MEM_PERCPU, 'percpu_'],
  [T.MEM_RCU, 'rcu_'],
  [T.PTR_UNTRUSTED, 'untrusted_'],
  [T.PTR_TRUSTED, 'trusted_'],
];

/** reg_type_str(): "map_value_or_null", "rdonly_mem", "trusted_ptr_". */
export function regTypeStr(type: number): string {
  let prefix = '';
  for (const [bit, text] of PREFIXES) if ((type & bit) !== 0) prefix += text;
  const base = T.baseType(type);
  let postfix = '';
  if (T.typeMayBeNull(type)) postfix = base === T.PTR_TO_BTF_ID ? 'or_null_' : '_or_null';
  return prefix + BASE_TEXT[base] + postfix;
}

/** verbose_unum(): decimal up to U16_MAX, else hexadecimal. */
function unum(lo: number, hi: number): string {
  return hi === 0 && lo >>> 0 <= 0xffff ? u64ToDec(lo, hi) : `0x${u64ToHex(lo, hi)}`;
}

/** verbose_snum(): decimal within S16, else hexadecimal. */
function snum(lo: number, hi: number): string {
  const isSmall = (hi === 0 && lo >= 0 && lo <= 0x7fff) || (hi === -1 && lo < 0 && lo >= -0x8000);
  return isSmall ? s64ToDec(lo, hi) : `0x${u64ToHex(lo, hi)}`;
}

/** snum() of a 32-bit signed value. */
function snum32(value: number): string {
  return snum(value, value >> 31);
}

/** tnum_strn(): the value when it is known, else "(0x0; 0xff)". */
export function tnumStr(a: Int32Array, o: number): string {
  if (tnumIsConst(a, o)) return unum(a[o + VAL_LO], a[o + VAL_HI]);
  return `(${hexOf(a[o + VAL_LO], a[o + VAL_HI])}; ${hexOf(a[o + MASK_LO], a[o + MASK_HI])})`;
}

/** %#llx */
function hexOf(lo: number, hi: number): string {
  return (lo | hi) === 0 ? '0x0' : `0x${u64ToHex(lo, hi)}`;
}

const BOUND_NAMES = ['smin', 'smax', 'umin', 'umax', 'smin32', 'smax32', 'umin32', 'umax32'] as const;
const boundLo = new Int32Array(8);
const boundHi = new Int32Array(8);
const omit = new Uint8Array(8);

function setBound(i: number, lo: number, hi: number, isWidest: boolean): void {
  boundLo[i] = lo;
  boundHi[i] = hi;
  omit[i] = isWidest ? 1 : 0;
}

/** A signed 32-bit bound takes part as its sign extension if it prints in decimal, else as its bits. */
function setSigned32(i: number, value: number, widest: number): void {
  const isDecimal = value >= -0x8000 && value <= 0x7fff;
  setBound(i, value, isDecimal ? value >> 31 : 0, value === widest);
}

function gatherBounds(a: Int32Array, o: number): void {
  const w = (at: number): readonly [number, number] => [a[o + at], a[o + at + 1]];
  const [sminLo, sminHi] = w(SMIN_LO);
  const [smaxLo, smaxHi] = w(SMAX_LO);
  const [uminLo, uminHi] = w(UMIN_LO);
  const [umaxLo, umaxHi] = w(UMAX_LO);
  setBound(0, sminLo, sminHi, sminLo === 0 && sminHi === -0x8000_0000);
  setBound(1, smaxLo, smaxHi, smaxLo === -1 && smaxHi === 0x7fff_ffff);
  setBound(2, uminLo, uminHi, (uminLo | uminHi) === 0);
  setBound(3, umaxLo, umaxHi, (umaxLo & umaxHi) === -1);
  setSigned32(4, a[o + S32_MIN], -0x8000_0000);
  setSigned32(5, a[o + S32_MAX], 0x7fff_ffff);
  setBound(6, a[o + U32_MIN], 0, a[o + U32_MIN] === 0);
  setBound(7, a[o + U32_MAX], 0, a[o + U32_MAX] === -1);
}

const isSignedBound = (i: number): boolean => (i & 2) === 0;
const isNegativeBound = (i: number): boolean => isSignedBound(i) && boundHi[i] < 0;

/** Do two bounds print as the same number? Negative ones never go with unsigned ones. */
function printsAlike(i: number, j: number): boolean {
  return boundLo[i] === boundLo[j] && boundHi[i] === boundHi[j] && isNegativeBound(i) === isNegativeBound(j);
}

/** print_scalar_ranges(): "smin=smin32=1", "umax=umax32=255"; bounds at their widest are left out. */
function scalarRanges(a: Int32Array, o: number, out: string[]): void {
  gatherBounds(a, o);
  for (let i = 0; i < 8; i++) {
    if (omit[i] !== 0) continue;
    let text = `${BOUND_NAMES[i]}=`;
    for (let j = i + 2; j < 8; j += 2) {
      if (omit[j] !== 0 || !printsAlike(i, j)) continue;
      omit[j] = 1;
      text += `${BOUND_NAMES[j]}=`;
    }
    out.push(text + (isSignedBound(i) ? snum : unum)(boundLo[i], boundHi[i]));
  }
}

function isMapType(type: number): boolean {
  const base = T.baseType(type);
  return base === T.CONST_PTR_TO_MAP || base === T.PTR_TO_MAP_KEY || base === T.PTR_TO_MAP_VALUE;
}

function isNonOwningRef(type: number): boolean {
  return T.baseType(type) === T.PTR_TO_BTF_ID && (type & T.MEM_ALLOC) !== 0 && (type & T.NON_OWN_REF) !== 0;
}

/** The id, and for a linked scalar its distance: "id=3+8". */
function identity(reg: Reg, out: string[]): void {
  if (reg.id === 0) return;
  const distance = (reg.id & BPF_ADD_CONST) === 0 ? '' : reg.off >= 0 ? `+${reg.off}` : String(reg.off);
  out.push(`id=${reg.id & ~BPF_ADD_CONST}${distance}`);
}

const DYNPTR_TYPES: readonly string[] = ['<invalid>', 'local', 'ringbuf', 'skb', 'xdp', 'skb_meta'];

/** dynptr_type_str() */
export const dynptrTypeStr = (type: number): string => DYNPTR_TYPES[type] ?? '<unknown>';

function mapAttributes(env: VerifierEnv, reg: Reg, out: string[]): void {
  const map = env.maps[reg.map];
  if (map.name !== '') out.push(`map=${map.name}`);
  out.push(`ks=${map.keySize},vs=${map.valueSize}`);
}

/** What stands between the brackets. */
function attributes(env: VerifierEnv, reg: Reg): string {
  const out: string[] = [];
  const { type, a, o } = reg;
  identity(reg, out);
  if (reg.refObjId !== 0) out.push(`ref_obj_id=${reg.refObjId}`);
  if (isNonOwningRef(type)) out.push('non_own_ref');
  if (isMapType(type)) mapAttributes(env, reg, out);
  if (type !== T.SCALAR_VALUE && reg.off !== 0) out.push(`off=${snum32(reg.off)}`);
  if (T.typeIsPktPointer(type)) out.push(`r=${unum(reg.range, reg.range >> 31)}`);
  if (T.baseType(type) === T.PTR_TO_MEM) out.push(`sz=${unum(reg.memSize, 0)}`);
  if (type === T.CONST_PTR_TO_DYNPTR) out.push(`type=${dynptrTypeStr(reg.dynptrType)}`);
  if (tnumIsConst(a, o)) {
    if ((a[o + VAL_LO] | a[o + VAL_HI]) !== 0) out.push(`imm=${snum(a[o + VAL_LO], a[o + VAL_HI])}`);
  } else {
    scalarRanges(a, o, out);
    if (!tnumIsUnknown(a, o)) out.push(`var_off=${tnumStr(a, o)}`);
  }
  return out.join(',');
}

function btfTypeName(env: VerifierEnv, reg: Reg): string {
  return env.btfAt(reg.btf)?.nameOf(reg.btfId) ?? '';
}

/** Sum of a 64-bit number and a 32-bit offset, as verbose_snum() prints it. */
function snumSum(lo: number, hi: number, off: number): string {
  const sumLo = (lo + off) | 0;
  const carry = sumLo >>> 0 < lo >>> 0 ? 1 : 0;
  return snum(sumLo, (hi + (off >> 31) + carry) | 0);
}

/** print_reg_state(): the kernel's text of one register, "scalar(id=1,umax=255,var_off=(0x0; 0xff))". */
export function regText(env: VerifierEnv, frame: Frame, reg: Reg): string {
  const { type, a, o } = reg;
  const isConst = tnumIsConst(a, o);
  let text = type === T.SCALAR_VALUE && reg.precise ? 'P' : '';
  if (type === T.SCALAR_VALUE && isConst) return text + snum(a[o + VAL_LO], a[o + VAL_HI]);
  text += regTypeStr(type);
  if (type === T.PTR_TO_ARENA) return text;
  if (type === T.PTR_TO_STACK) {
    if (frame.frameno !== reg.frameno) text += `[${reg.frameno}]`;
    if (isConst) return text + snumSum(a[o + VAL_LO], a[o + VAL_HI], reg.off);
  }
  if (T.baseType(type) === T.PTR_TO_BTF_ID) text += btfTypeName(env, reg);
  return `${text}(${attributes(env, reg)})`;
}
