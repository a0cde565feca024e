import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { disasmKernel } from '../../../src-core/isa/disasm.ts';
import { BpfInsns, type RawInsn } from '../../../src-core/isa/program.ts';
import { type FieldRule, INSN_FORMS, type InsnForm } from '../../../src-core/isa/table.ts';

const HELPERS: Readonly<Record<string, number>> = { bpf_map_lookup_elem: 1, bpf_ktime_get_ns: 5 };
const helperId = (name: string): number | null => HELPERS[name] ?? null;
const helperName = (id: number): string | null => Object.keys(HELPERS).find((n) => HELPERS[n] === id) ?? null;

/** What the log's text says of an instruction. */
const PRINTED = INSN_FORMS.filter(({ meaning }) => {
  // Of a map or BTF load the log prints an address, of a kfunc call no module.
  return !(meaning.kind === 'ldImm64' && meaning.what !== 'imm');
});

const field = (rule: FieldRule, lo: number, hi: number): fc.Arbitrary<number> =>
  rule === 'any'
    ? fc.integer({ min: lo, max: hi })
    : rule === 'reg'
      ? fc.integer({ min: 0, max: 10 })
      : fc.constantFrom(...rule);

function ofForm(form: InsnForm): fc.Arbitrary<RawInsn[]> {
  const isKfunc = form.meaning.kind === 'call' && form.meaning.what === 'kfunc';
  const isLong = form.meaning.kind === 'ldImm64';
  return fc
    .record({
      dst: field(form.dst, 0, 10),
      src: field(form.src, 0, 10),
      off: isKfunc ? fc.constant(0) : field(form.off, -32768, 32767),
      imm: field(form.imm, -0x8000_0000, 0x7fff_ffff),
      hi: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    })
    .map(({ hi, ...rest }) => {
      const first = { code: form.code, ...rest };
      return isLong ? [first, { code: 0, dst: 0, src: 0, off: 0, imm: hi }] : [first];
    });
}

const anyInsn = fc.constantFrom(...PRINTED).chain(ofForm);
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

describe('what the disassembler prints, the assembler takes back', () => {
  it('for random valid instructions of every form', () => {
    fc.assert(
      fc.property(anyInsn, (raw) => {
        const insns = BpfInsns.fromRaw(raw);
        const text = disasmKernel(insns, 0, { helperName });
        const got = assemble(text, { helperId });
        const own = got.diagnostics.filter((d) => !d.message.includes('called slot'));
        expect(own, text).toEqual([]);
        expect(hex(got.flat), text).toBe(hex(insns.toBytes()));
      }),
      { numRuns: 20_000 },
    );
  });

  it('with the prefixes of a log', () => {
    const { flat } = assemble(
      [
        '0: R1=ctx() R10=fp0',
        '0: (bf) r6 = r1                       ; R1=ctx() R6=ctx()',
        '1: (18) r1 = 0x5',
        '3: (85) call bpf_ktime_get_ns#5       ; R0=scalar()',
        '4: (15) if r0 == 0x0 goto pc+0',
        '5: (95) exit',
      ]
        .slice(1)
        .join('\n'),
      { helperId },
    );
    expect(hex(flat)).toBe(
      'bf16000000000000' +
        '18010000050000000000000000000000' +
        '8500000005000000' +
        '1500000000000000' +
        '9500000000000000',
    );
  });
});

/** Texts and bytes of llvm-mc and llvm-objdump 22 (-mcpu=v4). */
const LLVM: readonly (readonly [string, string])[] = [
  ['r1 = 0xffffffff', 'b7010000ffffffff'],
  ['r1 = xchg_64(r2 + 0x0, r1)', 'db120000e1000000'],
  ['w1 = xchg32_32(r2 + 0x0, w1)', 'c3120000e1000000'],
  ['r0 = addr_space_cast(r1, 0x0, 0x1)', 'bf10010001000000'],
  ['r1 = (s32)r2', 'bf21200000000000'],
  ['callx r1', '8d01000000000000'],
  ['may_goto +0x3 <.text+0x50>', 'e500030000000000'],
  ['w1 = load_acquire((u8 *)(r2 + 0x0))', 'd321000000010000'],
  ['store_release((u32 *)(r2 + 0x0), w1)', 'c312000010010000'],
  ['r0 = cmpxchg_64(r2 + 0x8, r0, r1)', 'db120800f1000000'],
  ['w1 = atomic_fetch_add((u32 *)(r2 + 0x0), w1)', 'c312000001000000'],
  ['call 0x1', '8500000001000000'],
  ['r0 = *(u8 *)skb[0xe]', '300000000e000000'],
  ['r0 = *(u16 *)skb[r2]', '4820000000000000'],
  ['goto +0x3 <.text+0xa8>', '0500030000000000'],
  ['w1 = (s8)w2', 'bc21080000000000'],
  ['r1 = 0x5 ll', '18010000050000000000000000000000'],
  ['if r1 & 0x5 goto +0x1 <.text+0xb8>', '4501010005000000'],
  ['if w1 s> w2 goto -0x2', '6e21feff00000000'],
  ['*(u8 *)(r1 - 0x3) = w2', '7321fdff00000000'],
  ['*(u64 *)(r1 - 0x3) = 0x7', '7a01fdff07000000'],
  ['gotol +0x5 <.text+0xf0>', '0600000005000000'],
  ['w0 = *(u8 *)(r1 + 0x1)', '7110010000000000'],
  ['r2 = *(s32 *)(r1 + 0x1)', '8112010000000000'],
  ['lock *(u32 *)(r1 + 0x1) ^= w2', 'c3210100a0000000'],
  ['r0 = be32 r0', 'dc00000020000000'],
  ['r0 = bswap64 r0', 'd700000040000000'],
  ['r3 s%= 0x7', '9703010007000000'],
  ['w3 = -w3', '8403000000000000'],
  ['       7:\tbf 61 00 00 00 00 00 00\tr1 = r6', 'bf61000000000000'],
];

/** Texts of ubpf, rbpf and bpf_conformance. */
const MNEMONICS: readonly (readonly [string, string])[] = [
  ['ldxdw %r0, [%r10-8]', '79a0f8ff00000000'],
  ['mov32 r0, 1', 'b400000001000000'],
  ['add64 r1, r2', '0f21000000000000'],
  ['jeq %r1, 5, +2', '1501020005000000'],
  ['jslt32 %r1, %r2, -1', 'ce21ffff00000000'],
  ['lock add [%r10-8], %r1', 'db1af8ff00000000'],
  ['lock fetch add32 [%r10-8], %r1', 'c31af8ff01000000'],
  ['lock cmpxchg [r1], r2', 'db210000f1000000'],
  ['lddw %r0, 0x1122334455667788', '18000000887766550000000044332211'],
  ['stw [r1+2], 3', '6201020003000000'],
  ['stxb [%r1], %r2', '7321000000000000'],
  ['be16 %r0', 'dc00000010000000'],
  ['bswap32 %r0', 'd700000020000000'],
  ['movsx832 %r2, %r1', 'bc12080000000000'],
  ['ldxsw %r2, [%r1+4]', '8112040000000000'],
  ['ldabsb 5', '3000000005000000'],
  ['ldindw r1, 2', '4010000002000000'],
  ['neg32 %r1', '8401000000000000'],
  ['call %r2', '8d02000000000000'],
  ['ja32 +1', '0600000001000000'],
  ['exit', '9500000000000000'],
];

describe('other spellings', () => {
  it.each([...LLVM, ...MNEMONICS])('%s', (text, bytes) => {
    const got = assemble(text);
    expect(got.diagnostics).toEqual([]);
    expect(hex(got.flat)).toBe(bytes);
  });
});
