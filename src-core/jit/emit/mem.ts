import type { Insn } from '../../isa/decode.ts';
import type { AtomicOp, FormMeaning, MemBytes } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import type { Emit } from './context.ts';

const LOAD = { 1: 'i64_load8_u', 2: 'i64_load16_u', 4: 'i64_load32_u', 8: 'i64_load' } as const;
const LOAD_SIGNED = { 1: 'i64_load8_s', 2: 'i64_load16_s', 4: 'i64_load32_s', 8: 'i64_load' } as const;
const STORE = { 1: 'i64_store8', 2: 'i64_store16', 4: 'i64_store32', 8: 'i64_store' } as const;

/**
 * Pushes the address reg + off. The sum is taken modulo 2^32 before the access: a Wasm offset would not wrap,
 * and a verified pointer may pass below zero on its way to its place.
 */
function pushAddress(e: Emit, reg: number, off: number): void {
  e.f.get(e.r[reg]).op('i32_wrap_i64');
  if (off !== 0) e.f.i32(off).op('i32_add');
}

/** dst = *(size *)(src + off) */
export function emitLoad(e: Emit, insn: Insn, bytes: MemBytes, signed: boolean): void {
  pushAddress(e, insn.raw.src, insn.raw.off);
  e.f.mem((signed ? LOAD_SIGNED : LOAD)[bytes]).set(e.r[insn.raw.dst]);
}

/** *(size *)(dst + off) = src or imm */
export function emitStore(e: Emit, insn: Insn, bytes: MemBytes, operand: 'reg' | 'imm'): void {
  pushAddress(e, insn.raw.dst, insn.raw.off);
  if (operand === 'imm') e.f.i64(insn.raw.imm, insn.raw.imm >> 31);
  else e.f.get(e.r[insn.raw.src]);
  e.f.mem(STORE[bytes]);
}

type Atomic = Extract<FormMeaning, { kind: 'atomic' | 'xchg' | 'cmpxchg' }>;
const COMBINE: Record<AtomicOp, 'i64_add' | 'i64_or' | 'i64_and' | 'i64_xor'> = {
  add: 'i64_add',
  or: 'i64_or',
  and: 'i64_and',
  xor: 'i64_xor',
};

/**
 *   t32 = dst + off; t64 = *t32
 *   atomic:  *t32 = t64 op src; if fetch: src = t64
 *   xchg:    *t32 = src; src = t64
 *   cmpxchg: if (t64 == r0) *t32 = src; r0 = t64
 */
export function emitAtomic(e: Emit, insn: Insn, what: Atomic): void {
  const { f, r, t32, t64 } = e;
  const src = r[insn.raw.src];
  pushAddress(e, insn.raw.dst, insn.raw.off);
  f.tee(t32).mem(LOAD[what.bytes]).set(t64);
  switch (what.kind) {
    case 'atomic':
      f.get(t32).get(t64).get(src).op(COMBINE[what.op]).mem(STORE[what.bytes]);
      if (what.fetch) f.get(t64).set(src);
      return;
    case 'xchg':
      f.get(t32).get(src).mem(STORE[what.bytes]);
      f.get(t64).set(src);
      return;
    case 'cmpxchg':
      f.get(t64).get(r[0]);
      if (what.bytes === 4) f.i64(-1, 0).op('i64_and');
      f.op('i64_eq').if().get(t32).get(src).mem(STORE[what.bytes]).end();
      f.get(t64).set(r[0]);
      return;
    default:
      assertNever(what);
  }
}
