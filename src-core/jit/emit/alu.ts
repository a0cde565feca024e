import type { Insn } from '../../isa/decode.ts';
import type { AluOp, EndWidth, FormMeaning } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import type { WasmOp } from '../wasm/opcodes.ts';
import type { Emit } from './context.ts';

type Alu = Extract<FormMeaning, { kind: 'alu' }>;

const SIMPLE: Partial<Record<AluOp, readonly [WasmOp, WasmOp]>> = {
  add: ['i64_add', 'i32_add'],
  sub: ['i64_sub', 'i32_sub'],
  mul: ['i64_mul', 'i32_mul'],
  or: ['i64_or', 'i32_or'],
  and: ['i64_and', 'i32_and'],
  xor: ['i64_xor', 'i32_xor'],
  // Wasm takes shift counts modulo the width, as BPF does.
  lsh: ['i64_shl', 'i32_shl'],
  rsh: ['i64_shr_u', 'i32_shr_u'],
  arsh: ['i64_shr_s', 'i32_shr_s'],
};

/** Pushes the second operand in the width of the operation. */
function pushOperand(e: Emit, insn: Insn, what: Alu): void {
  const { raw } = insn;
  if (what.operand === 'imm') {
    if (what.width === 64) e.f.i64(raw.imm, raw.imm >> 31);
    else e.f.i32(raw.imm);
    return;
  }
  e.f.get(e.r[raw.src]);
  if (what.width === 32) e.f.op('i32_wrap_i64');
}

function pushDst(e: Emit, insn: Insn, width: 32 | 64): void {
  e.f.get(e.r[insn.raw.dst]);
  if (width === 32) e.f.op('i32_wrap_i64');
}

/** dst = result; a 32-bit result clears the upper half. */
function setDst(e: Emit, insn: Insn, width: 32 | 64): void {
  if (width === 32) e.f.op('i64_extend_i32_u');
  e.f.set(e.r[insn.raw.dst]);
}

/** dst = dst op operand. */
export function emitAlu(e: Emit, insn: Insn, what: Alu): void {
  const simple = SIMPLE[what.op];
  if (what.op === 'mov') {
    pushOperand(e, insn, what);
    return setDst(e, insn, what.width);
  }
  if (simple !== undefined) {
    pushDst(e, insn, what.width);
    pushOperand(e, insn, what);
    e.f.op(simple[what.width === 64 ? 0 : 1] as 'i64_add');
    return setDst(e, insn, what.width);
  }
  emitDivision(e, insn, what);
}

/**
 * Wasm traps where BPF has an answer (RFC 9669 section 4.1): a zero divisor gives 0 (mod: the dividend), and
 * the most negative number by -1 gives itself (mod: 0). Divisors 0 and -1 take their own path.
 *
 *   if (s + 1 <=u 1)  dst = s == 0 ? (mod ? dst : 0) : (mod ? 0 : -dst)      (signed)
 *   if (s == 0)       dst = mod ? dst : 0                                     (unsigned)
 *   else              dst = dst op s
 */
function emitDivision(e: Emit, insn: Insn, what: Alu): void {
  const { f } = e;
  const wide = what.width === 64;
  const signed = what.op === 'sdiv' || what.op === 'smod';
  const modulo = what.op === 'mod' || what.op === 'smod';
  const zero = (): void => void (wide ? f.i64(0, 0) : f.i32(0));
  const divisor = wide ? e.t64 : e.t32;
  pushOperand(e, insn, what);
  f.set(divisor);
  f.get(divisor);
  if (signed) {
    if (wide) f.i64(1, 0).op('i64_add').i64(1, 0).op('i64_le_u');
    else f.i32(1).op('i32_add').i32(1).op('i32_le_u');
  } else {
    f.op(wide ? 'i64_eqz' : 'i32_eqz');
  }
  f.if();
  if (signed) emitByZeroOrMinusOne(e, insn, what.width, modulo);
  else emitByZero(e, insn, what.width, modulo);
  setDst(e, insn, what.width);
  f.else();
  pushDst(e, insn, what.width);
  f.get(divisor);
  const name = `${wide ? 'i64' : 'i32'}_${modulo ? 'rem' : 'div'}_${signed ? 's' : 'u'}` as 'i64_div_s';
  f.op(name);
  setDst(e, insn, what.width);
  f.end();

  function emitByZero(e2: Emit, i: Insn, width: 32 | 64, mod: boolean): void {
    if (mod) pushDst(e2, i, width);
    else zero();
  }
  /** select(answer by zero, answer by minus one, divisor == 0) */
  function emitByZeroOrMinusOne(e2: Emit, i: Insn, width: 32 | 64, mod: boolean): void {
    emitByZero(e2, i, width, mod);
    zero();
    if (!mod) {
      pushDst(e2, i, width);
      f.op(wide ? 'i64_sub' : 'i32_sub');
    }
    f.get(divisor)
      .op(wide ? 'i64_eqz' : 'i32_eqz')
      .op('select');
  }
}

/** dst = -dst */
export function emitNeg(e: Emit, insn: Insn, width: 32 | 64): void {
  if (width === 64) e.f.i64(0, 0);
  else e.f.i32(0);
  pushDst(e, insn, width);
  e.f.op(width === 64 ? 'i64_sub' : 'i32_sub');
  setDst(e, insn, width);
}

/** dst = (s8|s16|s32) src */
export function emitMovsx(e: Emit, insn: Insn, what: Extract<FormMeaning, { kind: 'movsx' }>): void {
  e.f.get(e.r[insn.raw.src]);
  const ops = { 8: 'i64_extend8_s', 16: 'i64_extend16_s', 32: 'i64_extend32_s' } as const;
  e.f.op(ops[what.from]);
  if (what.width === 32) e.f.op('i32_wrap_i64');
  setDst(e, insn, what.width);
}

/** dst = le/be/bswap of its low bits; the machine is little endian. */
export function emitEnd(e: Emit, insn: Insn, to: 'le' | 'be' | 'swap', bits: EndWidth): void {
  const { f } = e;
  const dst = e.r[insn.raw.dst];
  if (to === 'le') {
    if (bits === 64) return;
    f.get(dst)
      .i64(bits === 16 ? 0xffff : -1, 0)
      .op('i64_and')
      .set(dst);
    return;
  }
  switch (bits) {
    case 16:
      emitSwapStep(e, dst, 8, 0xff, 0);
      f.get(dst).i64(0xffff, 0).op('i64_and').set(dst);
      return;
    case 32:
      emitSwapStep(e, dst, 8, 0x00ff00ff, 0);
      emitSwapStep(e, dst, 16, 0x0000ffff, 0);
      f.get(dst).i64(-1, 0).op('i64_and').set(dst);
      return;
    case 64:
      emitSwapStep(e, dst, 8, 0x00ff00ff, 0x00ff00ff);
      emitSwapStep(e, dst, 16, 0x0000ffff, 0x0000ffff);
      emitSwapStep(e, dst, 32, -1, 0);
      return;
    default:
      assertNever(bits);
  }
}

/** dst = ((dst & mask) << n) | ((dst >> n) & mask) */
function emitSwapStep(e: Emit, dst: Emit['t64'], n: number, maskLo: number, maskHi: number): void {
  const { f } = e;
  f.get(dst).i64(maskLo, maskHi).op('i64_and').i64(n, 0).op('i64_shl');
  f.get(dst).i64(n, 0).op('i64_shr_u').i64(maskLo, maskHi).op('i64_and');
  f.op('i64_or').set(dst);
}
