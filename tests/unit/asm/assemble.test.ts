import { describe, expect, it } from 'vitest';
import { type AsmResult, assemble } from '../../../src-core/asm/assemble.ts';
import { editDistance, nearest } from '../../../src-core/asm/suggest.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import type { ObjectSpec } from '../../../src-core/object/spec.ts';

const HELPERS: Readonly<Record<string, number>> = { bpf_map_lookup_elem: 1, bpf_loop: 181 };
const options = { helperId: (name: string) => HELPERS[name] ?? null, helperNames: Object.keys(HELPERS) };

function run(text: string): AsmResult {
  return assemble(text, options);
}

function load(text: string): ObjectSpec {
  const { object, diagnostics } = run(text);
  expect(diagnostics).toEqual([]);
  return loadElf(object ?? new Uint8Array(0), 'asm.o', { vmlinux: null });
}

const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

describe('programs', () => {
  it('is one XDP program named prog, under the GPL, without any directive', () => {
    const spec = load('r0 = 2\nexit');
    expect(spec).toMatchObject({ license: 'GPL', btf: null, maps: [] });
    expect(spec.programs).toHaveLength(1);
    expect(spec.programs[0]).toMatchObject({ name: 'prog', section: 'xdp', type: 6, loadError: null });
    expect(hex(spec.programs[0].insns)).toBe('b7000000020000009500000000000000');
  });

  it('has sections, names and a licence', () => {
    const spec = load(
      '.license "MIT"\nSEC("tc")\n.globl one\none: r0 = 1; exit\n.section "socket"\n.type two,@function\ntwo: mov r0, 2; exit',
    );
    expect(spec.license).toBe('MIT');
    expect(spec.programs.map((p) => [p.name, p.section])).toEqual([
      ['one', 'tc'],
      ['two', 'socket'],
    ]);
  });

  it('declares maps that libbpf reads', () => {
    const spec = load(
      [
        '.map counters, type=array, key=u32, value=u64, max_entries=4',
        '.map outer, type=hash_of_maps, key=4, value=4, max_entries=2, inner=counters',
        '.map table, type=BPF_MAP_TYPE_HASH, key=16, value=1, max_entries=9, flags=no_prealloc|rdonly_prog',
        'r1 = counters ll',
        'r2 = table ll',
        'r0 = 0',
        'exit',
      ].join('\n'),
    );
    expect(spec.maps.map((m) => [m.name, m.type, m.keySize, m.valueSize, m.maxEntries, m.flags])).toEqual([
      ['counters', 2, 4, 8, 4, 0],
      ['outer', 13, 4, 4, 2, 0],
      ['table', 1, 16, 1, 9, 0x81],
    ]);
    expect(spec.maps[1].inner).toMatchObject({ type: 2, valueSize: 8, maxEntries: 4 });
    expect(spec.programs[0].fixups.map((f) => [f.kind, f.insn])).toEqual([
      ['map', 0],
      ['map', 2],
    ]);
  });

  it('has global data', () => {
    const spec = load(
      '.data\na: .long 1, -2\nb: .asciz "hi"\n.bss\nc: .zero 16\n.text\nSEC("xdp")\nr1 = b ll\nr2 = c + 8 ll\nr0 = 0\nexit',
    );
    expect(spec.maps.map((m) => [m.name, m.valueSize])).toEqual([
      ['asm.data', 11],
      ['asm.bss', 16],
    ]);
    expect(hex(spec.maps[0].initialValue ?? new Uint8Array(0))).toBe('01000000feffffff686900');
    expect(spec.programs[0].fixups).toMatchObject([
      { kind: 'mapValue', offset: 8 },
      { kind: 'mapValue', offset: 8 },
    ]);
  });

  it('moves called functions to .text, where libbpf finds them', () => {
    const spec = load(
      'call sub\nexit\nsub:\nr0 = 1\nloop: if r0 > 5 goto done\nr0 += 1\ngoto loop\ndone: exit',
    );
    expect(spec.programs).toHaveLength(1);
    expect(spec.programs[0]).toMatchObject({
      name: 'prog',
      subprograms: [
        { start: 0, name: 'prog' },
        { start: 2, name: 'sub' },
      ],
    });
    expect(hex(spec.programs[0].insns.subarray(0, 8))).toBe('8510000001000000');
    expect(spec.programs[0].funcInfo).toHaveLength(0);
  });

  it('loads the address of a callback, and describes global functions to the verifier', () => {
    const spec = load(
      'r1 = 3\nr2 = cb ll\nr3 = 0\nr4 = 0\ncall bpf_loop\nexit\n.text\n.globl cb\n.args cb, 2\ncb: r0 = 0; exit',
    );
    expect(spec.programs[0].subprograms.map((s) => s.name)).toEqual(['prog', 'cb']);
    expect(hex(spec.programs[0].insns.subarray(8, 24))).toBe('18420000050000000000000000000000');
    expect(spec.programs[0].funcInfo).toHaveLength(16);
  });

  it('takes what clang -S writes', () => {
    const spec = load(
      [
        '\t.file\t"a.c"',
        '\t.section\txdp,"ax",@progbits',
        '\t.globl\tpass                            # -- Begin function pass',
        '\t.p2align\t3',
        '\t.type\tpass,@function',
        'pass:                                   # @pass',
        '.Lpass$local:',
        '# %bb.0:',
        '\tr1 = seen ll',
        '\tr2 = *(u64 *)(r1 + 0)',
        '\tw0 = 2',
        '\texit',
        '.Lfunc_end0:',
        '\t.size\tpass, .Lfunc_end0-pass',
        '\t.type\tname,@object',
        '\t.data',
        '\t.globl\tname',
        'name:',
        '\t.asciz\t"\\303\\244\\x41\\n"',
        '\t.local\tseen',
        '\t.comm\tseen,8,8',
        '\t.section\tlicense,"aw",@progbits',
        'LICENSE:',
        '\t.asciz\t"Dual MIT/GPL"',
        '\t.addrsig',
      ].join('\n'),
    );
    expect(spec.license).toBe('Dual MIT/GPL');
    expect(spec.programs).toMatchObject([{ name: 'pass', section: 'xdp', loadError: null }]);
    expect(spec.maps.map((m) => [m.name, hex(m.initialValue ?? new Uint8Array(0))])).toEqual([
      ['asm.data', 'c3a4410a00'],
      ['asm.bss', '0000000000000000'],
    ]);
  });

  it('takes comments of every kind', () => {
    const text =
      'r0 = 1 # one\n/* r0 = 2\n*/ r0 = 3 // three\nr0 = 4# four\n; five\nr0 = 6 ; R0=6\ncall 5#x\n.license "/*#//"\nexit';
    const { flat, diagnostics } = run(text);
    expect(diagnostics).toEqual([]);
    expect(flat).toHaveLength(6 * 8);
    expect(load(text).license).toBe('/*#//');
  });

  it('tells the line of each slot', () => {
    const { lines } = run('r1 = 1 ll\n\nexit');
    expect(lines).toEqual([{ name: 'prog', lines: [1, 1, 3] }]);
  });

  it('adds line info only when asked', () => {
    const { object } = assemble('r0 = 0\nexit', { lineInfoFile: 'a.s' });
    const spec = loadElf(object ?? new Uint8Array(0), 'a.o', { vmlinux: null });
    expect(spec.programs[0].lineInfo).toHaveLength(32);
    expect(spec.btf?.stringAt(new DataView(spec.programs[0].lineInfo.buffer).getUint32(8, true))).toBe(
      'r0 = 0',
    );
  });
});

describe('errors', () => {
  const first = (text: string) => run(text).diagnostics[0];

  it.each([
    ['r0 = 0\nexut', { line: 2, column: 1, length: 4, suggestion: 'exit' }],
    ['  moov r0, 1', { line: 1, column: 3, length: 4, suggestion: 'mov' }],
    ['r1 = *(u32 *(r2 + 0)', { line: 1, column: 13, length: 1, expected: "')'" }],
    ['r1 = *(int *)(r2 + 0)', { column: 8, length: 3 }],
    ['r1 += w2', { column: 7, length: 2, suggestion: 'r2' }],
    ['r11 = 1', { column: 1, length: 3 }],
    ['call bpf_map_lookup_elm', { column: 6, suggestion: 'bpf_map_lookup_elem' }],
    ['if r1 = 5 goto +1', { column: 7 }],
    ['goto ouu\nout: exit', { column: 6, length: 3, suggestion: 'out' }],
    [
      'r1 = conters ll\n.map counters, type=array, key=4, value=4, max_entries=1',
      { column: 6, suggestion: 'counters' },
    ],
    ['.map m, type=arry, key=4, value=4', { column: 14, suggestion: 'array' }],
    ['.map m, typ=array', { column: 9, suggestion: 'type' }],
    ['.sectoin "xdp"', { column: 1, suggestion: '.section' }],
    ['r1 = *(u8 *)(r10 - 40000)', { column: 18 }],
    ['r1 = 0x1ffffffff', { column: 6 }],
    ['a: exit\na: exit', { line: 2, column: 1, length: 1 }],
    ['.asciz "open', { line: 1, column: 8 }],
    ['.data\nexit', { line: 2, column: 1 }],
    ['r1 = r2 + 3', { column: 9, expected: expect.stringContaining('one operation each') }],
    ['r0 = XDP_DROP', { column: 6, length: 8, message: "'XDP_DROP' is no value" }],
    ['call bpf_map_lookup_elem(r1)', { column: 25, expected: expect.stringContaining('r1-r5') }],
    ['w1 = *(u64 *)(r2 + 0)', { column: 1, suggestion: 'r1' }],
    ['mov r1 5', { column: 8, expected: "','", suggestion: null }],
    ['', { line: 1, column: 1 }],
  ])('%j', (text, want) => {
    expect(first(text)).toMatchObject(want);
    expect(run(text).object).toBeNull();
  });

  it('goes on after a fault and reports the rest', () => {
    expect(run('foo\nr0 = 0\nbar baz\nexit').diagnostics.map((d) => d.line)).toEqual([1, 3]);
  });

  it('takes prose without hanging and stops at 100 faults', () => {
    const prose =
      'It was the best of times, it was the worst of times; "it was (the) age of wisdom...\n'.repeat(20_000);
    const start = performance.now();
    expect(run(prose).diagnostics).toHaveLength(100);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('never throws on random text', () => {
    const pieces = [
      'r1',
      '=',
      '*(u8 *)',
      '(',
      ')',
      'll',
      '.map',
      'x:',
      'if',
      'goto',
      '"',
      ';',
      '#',
      '0x',
      '%',
      '-',
      ',',
      '\n',
      '[',
      'lock',
      '.zero 99',
      'call',
      '/*',
      '\u{1f600}',
    ];
    let seed = 7;
    const rnd = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: rnd(20) }, () => pieces[rnd(pieces.length)]).join(
        rnd(2) === 0 ? ' ' : '',
      );
      for (const d of run(text).diagnostics) {
        expect(d.line).toBeGreaterThan(0);
        expect(d.column).toBeGreaterThan(0);
        expect(d.length).toBeGreaterThan(0);
      }
    }
  });
});

describe('suggestions', () => {
  it('counts edits', () => {
    expect(editDistance('exit', 'exut')).toBe(1);
    expect(editDistance('goto', 'gtoo')).toBe(1);
    expect(nearest('zzzzzz', ['exit', 'call'])).toBeNull();
  });
});
