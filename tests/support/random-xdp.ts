import fc from 'fast-check';

/**
 * Random XDP programs in assembly that any verifier accepts and that touch everything a run can leave behind:
 * the packet (64 bytes of it, checked at the start), an array, a hash and a per-CPU map, the return value.
 * r6 is the packet, r7 to r9 are numbers, r0 to r5 do not live across statements.
 */
const DATA = ['7', '8', '9'] as const;
const data = fc.constantFrom(...DATA);
const imm = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 255, 4096, 0x7fffffff),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const size = fc.constantFrom(1, 2, 4, 8);
const mapName = fc.constantFrom('cells', 'table', 'percpu');

/** Lines of one statement; `n` makes its labels its own. */
type Statement = (n: number) => readonly string[];

const alu: fc.Arbitrary<Statement> = fc
  .record({
    r: fc.constantFrom('r', 'w'),
    op: fc.constantFrom('+=', '-=', '*=', '|=', '&=', '^=', '/=', '%='),
    dst: data,
    src: fc.oneof(
      data.map((d) => ({ reg: d })),
      imm.map((i) => ({ imm: i })),
    ),
  })
  .map(({ r, op, dst, src }) => {
    const zero = 'imm' in src && src.imm === 0 && (op === '/=' || op === '%=');
    const right = 'reg' in src ? `${r}${src.reg}` : String(zero ? 7 : src.imm);
    return () => [`${r}${dst} ${op} ${right}`];
  });

const packetLoad: fc.Arbitrary<Statement> = fc
  .record({ size, at: fc.nat(56), dst: data })
  .map((p) => () => [`r${p.dst} = *(u${p.size * 8} *)(r6 + ${p.at})`]);

const packetStore: fc.Arbitrary<Statement> = fc
  .record({ size, at: fc.nat(56), src: data })
  .map((p) => () => [`*(u${p.size * 8} *)(r6 + ${p.at}) = r${p.src}`]);

/** The key of a map access: a small number, so that accesses meet. */
const key = (from: string): string[] => [`r1 = r${from}`, 'r1 &= 7', '*(u32 *)(r10 - 4) = r1'];

const update: fc.Arbitrary<Statement> = fc
  .record({ map: mapName, from: data, value: data, flags: fc.nat(2) })
  .map((u) => () => [
    ...key(u.from),
    `*(u64 *)(r10 - 16) = r${u.value}`,
    `r1 = ${u.map} ll`,
    'r2 = r10',
    'r2 += -4',
    'r3 = r10',
    'r3 += -16',
    `r4 = ${u.flags}`,
    'call bpf_map_update_elem',
    'r9 ^= r0',
  ]);

const lookup: fc.Arbitrary<Statement> = fc
  .record({ map: mapName, from: data, add: data })
  .map((l) => (n) => [
    ...key(l.from),
    `r1 = ${l.map} ll`,
    'r2 = r10',
    'r2 += -4',
    'call bpf_map_lookup_elem',
    `if r0 == 0 goto none_${n}`,
    'r8 = *(u64 *)(r0 + 0)',
    `lock *(u64 *)(r0 + 0) += r${l.add}`,
    `none_${n}:`,
  ]);

const remove: fc.Arbitrary<Statement> = data.map((from) => () => [
  ...key(from),
  'r1 = table ll',
  'r2 = r10',
  'r2 += -4',
  'call bpf_map_delete_elem',
  'r7 += r0',
]);

const straight = fc.oneof(
  { weight: 3, arbitrary: alu },
  { weight: 2, arbitrary: packetLoad },
  { weight: 2, arbitrary: packetStore },
  { weight: 2, arbitrary: update },
  { weight: 2, arbitrary: lookup },
  { weight: 1, arbitrary: remove },
);

const branch: fc.Arbitrary<Statement> = fc
  .record({
    op: fc.constantFrom('==', '!=', '>', '<', 's>', 's<', '&'),
    left: data,
    right: imm,
    over: straight,
  })
  .map((b) => (n) => [`if r${b.left} ${b.op} ${b.right} goto over_${n}`, ...b.over(n), `over_${n}:`]);

const HEAD = `.map cells, type=array, key=4, value=8, max_entries=6
.map table, type=hash, key=4, value=8, max_entries=5
.map percpu, type=percpu_array, key=4, value=8, max_entries=8
.section "xdp"
prog:
r6 = *(u32 *)(r1 + 0)
r2 = *(u32 *)(r1 + 4)
r3 = r6
r3 += 64
if r3 > r2 goto short
r7 = 1
r8 = 2
r9 = 3
`;

const TAIL = `
r0 = r7
r0 ^= r8
r0 ^= r9
r1 = r0
r1 >>= 32
r0 ^= r1
w0 = w0
exit
short:
r0 = 1
exit
`;

export const randomXdp: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 4, arbitrary: straight }, { weight: 1, arbitrary: branch }), {
    minLength: 1,
    maxLength: 14,
  })
  .map((statements) => HEAD + statements.flatMap((s, n) => s(n)).join('\n') + TAIL);
