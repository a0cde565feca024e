import fc from 'fast-check';
import { encode } from '../../src-core/isa/encode.ts';
import type { RawInsn } from '../../src-core/isa/program.ts';
import {
  ALU_OPS,
  ATOMIC_OPS,
  END_WIDTHS,
  type FormMeaning,
  JMP_OPS,
  MOVSX_WIDTHS,
} from '../../src-core/isa/table.ts';

/**
 * Random programs that any verifier accepts: registers r0..r5 and r7..r9 hold scalars, the stack below r10 is
 * filled, jumps go forward only, and r0 at the end is a 32-bit digest of every register and stack slot.
 */
const REGS = [0, 1, 2, 3, 4, 5, 7, 8, 9] as const;
const SLOTS = 4;
const mix = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(0, 1, -1, 2, 7, 31, 32, 63, 64, 255, 0x7fffffff, -0x80000000, 0x80, 0xffff),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );

const reg = fc.constantFrom(...REGS);
const width = fc.constantFrom(32 as const, 64 as const);
const operand = fc.constantFrom('reg' as const, 'imm' as const);

const one = (meaning: FormMeaning, o: Parameters<typeof encode>[1]): RawInsn[] => encode(meaning, o);

const alu = fc
  .record({
    op: fc.constantFrom(...ALU_OPS.map((o) => o.name)),
    width,
    operand,
    dst: reg,
    src: reg,
    imm: mix(),
  })
  .map((a) => {
    const shift = a.op === 'lsh' || a.op === 'rsh' || a.op === 'arsh';
    const divide = ['div', 'sdiv', 'mod', 'smod'].includes(a.op);
    // The verifier refuses a constant shift that is too wide and a constant divisor of zero.
    const imm = shift ? a.imm & (a.width - 1) : divide && a.imm === 0 ? 3 : a.imm;
    return one(
      { kind: 'alu', op: a.op, width: a.width, operand: a.operand },
      a.operand === 'reg' ? { dst: a.dst, src: a.src } : { dst: a.dst, imm },
    );
  });

const unary = fc.oneof(
  fc.record({ width, dst: reg }).map((a) => one({ kind: 'neg', width: a.width }, { dst: a.dst })),
  fc
    .record({
      to: fc.constantFrom('le' as const, 'be' as const, 'swap' as const),
      bits: fc.constantFrom(...END_WIDTHS),
      dst: reg,
    })
    .map((a) => one({ kind: 'end', to: a.to, bits: a.bits }, { dst: a.dst })),
  fc
    .record({ width, from: fc.constantFrom(...MOVSX_WIDTHS), dst: reg, src: reg })
    .map((a) =>
      one({ kind: 'movsx', width: a.from === 32 ? 64 : a.width, from: a.from }, { dst: a.dst, src: a.src }),
    ),
  fc
    .record({ dst: reg, lo: mix(), hi: mix() })
    .map((a) => one({ kind: 'ldImm64', what: 'imm' }, { dst: a.dst, imm: a.lo, immHi: a.hi })),
);

const bytes = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const slotOff = (size: number, slot: number, at: number): number => -8 * (slot + 1) + ((at * size) % 8);
const memory = fc
  .record({
    size: bytes,
    slot: fc.nat(SLOTS - 1),
    at: fc.nat(7),
    dst: reg,
    src: reg,
    imm: mix(),
    how: fc.nat(5),
  })
  .map(({ size, slot, at, dst, src, imm, how }) => {
    const off = slotOff(size, slot, at);
    switch (how) {
      case 0:
        return one({ kind: 'store', bytes: size, operand: 'reg' }, { dst: 10, src, off });
      case 1:
        return one({ kind: 'store', bytes: size, operand: 'imm' }, { dst: 10, imm, off });
      case 2:
        return one({ kind: 'load', bytes: size, signed: size !== 8 }, { dst, src: 10, off });
      default:
        return one({ kind: 'load', bytes: size, signed: false }, { dst, src: 10, off });
    }
  });

const atomic = fc
  .record({
    wide: fc.boolean(),
    slot: fc.nat(SLOTS - 1),
    src: reg,
    op: fc.constantFrom(...ATOMIC_OPS.map((o) => o.name)),
    how: fc.nat(3),
  })
  .map(({ wide, slot, src, op, how }) => {
    const size = wide ? 8 : 4;
    const o = { dst: 10, src, off: -8 * (slot + 1) };
    if (how === 0) return one({ kind: 'xchg', bytes: size }, o);
    if (how === 1) return one({ kind: 'cmpxchg', bytes: size }, o);
    return one({ kind: 'atomic', op, bytes: size, fetch: how === 2 }, o);
  });

const body = fc.oneof(
  { weight: 6, arbitrary: alu },
  { weight: 2, arbitrary: unary },
  { weight: 3, arbitrary: memory },
  { weight: 1, arbitrary: atomic },
);

/** A forward jump over some of the next instructions. */
const branch = fc
  .record({
    op: fc.constantFrom(...JMP_OPS.map((j) => j.name)),
    width,
    operand,
    dst: reg,
    src: reg,
    imm: mix(),
    over: fc.array(body, { minLength: 1, maxLength: 4 }),
  })
  .map((b) => {
    const skipped = b.over.flat();
    const meaning = { kind: 'jmp', op: b.op, width: b.width, operand: b.operand } as const;
    const jump = one(meaning, {
      dst: b.dst,
      off: skipped.length,
      ...(b.operand === 'reg' ? { src: b.src } : { imm: b.imm }),
    });
    return [...jump, ...skipped];
  });

function prologue(seeds: readonly number[]): RawInsn[] {
  const out: RawInsn[] = [];
  REGS.forEach((r, i) => {
    out.push(
      ...one({ kind: 'ldImm64', what: 'imm' }, { dst: r, imm: seeds[2 * i], immHi: seeds[2 * i + 1] }),
    );
  });
  for (let slot = 0; slot < SLOTS; slot++) {
    out.push(
      ...one({ kind: 'store', bytes: 8, operand: 'reg' }, { dst: 10, src: REGS[slot], off: -8 * (slot + 1) }),
    );
  }
  return out;
}

/** r0 = fold of everything, so that one 32-bit return value shows any difference. */
function epilogue(): RawInsn[] {
  const out: RawInsn[] = [];
  const add = (src: number): void => {
    out.push(...one({ kind: 'alu', op: 'mul', width: 64, operand: 'imm' }, { dst: 0, imm: 0x01000193 }));
    out.push(...one({ kind: 'alu', op: 'xor', width: 64, operand: 'reg' }, { dst: 0, src }));
  };
  for (const r of REGS) if (r !== 0) add(r);
  for (let slot = 0; slot < SLOTS; slot++) {
    out.push(...one({ kind: 'load', bytes: 8, signed: false }, { dst: 1, src: 10, off: -8 * (slot + 1) }));
    add(1);
  }
  out.push(...one({ kind: 'alu', op: 'mov', width: 64, operand: 'reg' }, { dst: 1, src: 0 }));
  out.push(...one({ kind: 'alu', op: 'rsh', width: 64, operand: 'imm' }, { dst: 1, imm: 32 }));
  out.push(...one({ kind: 'alu', op: 'xor', width: 64, operand: 'reg' }, { dst: 0, src: 1 }));
  out.push(...one({ kind: 'alu', op: 'mov', width: 32, operand: 'reg' }, { dst: 0, src: 0 }));
  out.push(...one({ kind: 'exit' }, {}));
  return out;
}

export const randomProgram: fc.Arbitrary<RawInsn[]> = fc
  .record({
    seeds: fc.array(mix(), { minLength: 18, maxLength: 18 }),
    middle: fc.array(fc.oneof({ weight: 4, arbitrary: body }, { weight: 1, arbitrary: branch }), {
      minLength: 1,
      maxLength: 30,
    }),
  })
  .map(({ seeds, middle }) => [...prologue(seeds), ...middle.flat(), ...epilogue()]);
