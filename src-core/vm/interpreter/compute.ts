import type { Insn } from '../../isa/decode.ts';
import type { FormMeaning } from '../../isa/table.ts';
import { assertNever } from '../../util/assert-never.ts';
import * as m from '../../util/int64-math.ts';
import { VmFault } from '../fault.ts';
import type { VmMemory } from '../memory.ts';
import { alu32, alu64, byteSwap, truncate } from './alu.ts';
import { addressOf, atomic, load, store } from './memory-access.ts';
import type { Frame } from './registers.ts';

/** Instructions that leave the place to the next one. */
export type Computation = Exclude<
  FormMeaning,
  { kind: 'exit' | 'ja' | 'mayGoto' | 'jmp' | 'call' | 'callx' | 'ldAbs' | 'ldInd' }
>;

/** An instruction at slot `pc` that only computes: registers and memory change, the place does not. */
export function compute(
  memory: VmMemory,
  f: Frame,
  { raw, immHi }: Insn,
  what: Computation,
  pc: number,
): void {
  const { dst, src, off, imm } = raw;
  switch (what.kind) {
    case 'alu':
      return alu(
        f,
        raw.dst,
        what,
        what.operand === 'reg' ? f.lo(src) : imm,
        what.operand === 'reg' ? f.hi(src) : imm >> 31,
      );
    case 'neg':
      if (what.width === 32) return f.set(dst, -f.lo(dst) | 0, 0);
      return f.set(dst, m.neg64(f.lo(dst), f.hi(dst)), m.out.hi);
    case 'movsx': {
      const lo = (f.lo(src) << (32 - what.from)) >> (32 - what.from);
      return f.set(dst, lo, what.width === 64 ? lo >> 31 : 0);
    }
    case 'end': {
      const lo = (what.to === 'le' ? truncate : byteSwap)(what.bits, f.lo(dst), f.hi(dst));
      return f.set(dst, lo, m.out.hi);
    }
    case 'ldImm64':
      if (what.what === 'func') return f.set(dst, pc + 1 + imm, 0);
      if (what.what !== 'imm')
        throw new VmFault('instruction', `64-bit load of kind ${what.what} was not resolved`);
      return f.set(dst, imm, immHi);
    case 'load':
      return f.set(
        dst,
        load(memory, addressOf(memory, f, src, off, what.bytes), what.bytes, what.signed),
        m.out.hi,
      );
    case 'loadAcquire':
      return f.set(
        dst,
        load(memory, addressOf(memory, f, src, off, what.bytes), what.bytes, false),
        m.out.hi,
      );
    case 'store': {
      const at = addressOf(memory, f, dst, off, what.bytes);
      if (what.operand === 'imm') return store(memory, at, what.bytes, imm, imm >> 31);
      return store(memory, at, what.bytes, f.lo(src), f.hi(src));
    }
    case 'storeRelease':
      return store(memory, addressOf(memory, f, dst, off, what.bytes), what.bytes, f.lo(src), f.hi(src));
    case 'atomic':
    case 'xchg':
    case 'cmpxchg':
      return atomic(memory, f, what, addressOf(memory, f, dst, off, what.bytes), src);
    case 'addrSpaceCast':
      // Both address spaces are the one linear memory, whose addresses have 32 bits.
      return f.set(dst, f.lo(src), 0);
    default:
      return assertNever(what);
  }
}

function alu(
  f: Frame,
  dst: number,
  what: Extract<FormMeaning, { kind: 'alu' }>,
  lo: number,
  hi: number,
): void {
  if (what.width === 32) return f.set(dst, alu32(what.op, f.lo(dst), lo), 0);
  return f.set(dst, alu64(what.op, f.lo(dst), f.hi(dst), lo, hi), m.out.hi);
}
