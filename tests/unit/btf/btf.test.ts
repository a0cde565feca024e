import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src-core/btf/btf.ts';
import { BtfBuilder } from '../../../src-core/btf/builder.ts';
import { coreRelosOf, parseBtfExt, writeBtfExt } from '../../../src-core/btf/ext.ts';
import { formatDecl, formatDefinition } from '../../../src-core/btf/print-c.ts';
import { InputError } from '../../../src-core/util/input-error.ts';

function sample(): { builder: BtfBuilder; ids: Record<string, number> } {
  const b = new BtfBuilder();
  const int = b.int('int', 4, 1);
  const ptr = b.ref('ptr', int);
  const u32 = b.ref('typedef', int, 'u32_alias');
  const arr = b.array(u32, int, 6);
  const pair = b.composite('struct', 'pair', 32, [
    { name: 'p', type: ptr, bitOffset: 0 },
    { name: 'a', type: arr, bitOffset: 64 },
  ]);
  const proto = b.funcProto(int, [{ name: 'x', type: b.ref('ptr', pair) }]);
  const func = b.func('entry', proto, 1);
  const fn = b.ref('ptr', proto);
  const variable = b.variable('counter', u32, 1);
  const sec = b.datasec('.bss', 4, [{ type: variable, offset: 0, size: 4 }]);
  return { builder: b, ids: { int, ptr, u32, arr, pair, proto, func, fn, variable, sec } };
}

describe('Btf', () => {
  it('reads back what the builder writes', () => {
    const { builder, ids } = sample();
    const btf = builder.build();
    expect(btf.findByName('pair', 'struct')).toBe(ids.pair);
    expect(btf.findByName('pair', 'union')).toBeNull();
    expect(btf.resolveSize(ids.arr)).toBe(24);
    expect(btf.resolveSize(ids.pair)).toBe(32);
    expect(btf.alignOf(ids.pair)).toBe(8);
    expect(btf.skipModsAndTypedefs(ids.u32)).toBe(ids.int);
    expect(btf.typeById(ids.func)).toMatchObject({
      kind: 'func',
      name: 'entry',
      linkage: 1,
      type: ids.proto,
    });
    expect(btf.typeById(ids.sec)).toMatchObject({ vars: [{ type: ids.variable, offset: 0, size: 4 }] });
  });

  it('prints types as C', () => {
    const { builder, ids } = sample();
    const btf = builder.build();
    expect(formatDecl(btf, ids.ptr, 'p')).toBe('int *p');
    expect(formatDecl(btf, ids.arr, 'a')).toBe('u32_alias a[6]');
    expect(formatDecl(btf, ids.fn, 'cb')).toBe('int (*cb)(struct pair *x)');
    expect(formatDecl(btf, ids.func)).toBe('int entry(struct pair *x)');
    expect(formatDefinition(btf, ids.pair)).toBe('struct pair {\n\tint *p;\n\tu32_alias a[6];\n};');
  });

  it('continues an existing blob', () => {
    const first = sample().builder.build();
    const more = new BtfBuilder(first);
    const id = more.ref('typedef', 1, 'later');
    const btf = more.build();
    expect(id).toBe(first.nrTypes);
    expect(btf.findByName('later')).toBe(id);
    expect(btf.findByName('pair')).toBe(first.findByName('pair'));
  });

  it('refuses circles and overlong chains instead of hanging', () => {
    const b = new BtfBuilder();
    b.ref('const', 2);
    b.ref('volatile', 1);
    const btf = b.build();
    expect(() => btf.resolveSize(1)).toThrow(InputError);
    expect(() => btf.skipModsAndTypedefs(1)).toThrow(InputError);
    expect(formatDecl(btf, 1)).toContain('...');
  });

  it('aligns doubly nested structs in linear time', () => {
    const b = new BtfBuilder();
    let id = b.int('char', 1);
    for (let i = 0; i < 30; i++) {
      id = b.composite('struct', `s${i}`, 1, [
        { name: 'x', type: id, bitOffset: 0 },
        { name: 'y', type: id, bitOffset: 0 },
      ]);
    }
    expect(b.build().alignOf(id)).toBe(1);
  });

  it('prints hostile nesting only so far', () => {
    const b = new BtfBuilder();
    let id = b.int('char', 1);
    for (let i = 0; i < 39; i++) {
      id = b.composite('struct', '', 1, [
        { name: '', type: id, bitOffset: 0 },
        { name: '', type: id, bitOffset: 0 },
      ]);
    }
    const start = performance.now();
    expect(formatDefinition(b.build(), id)).toContain('...');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('names the offset of what is wrong', () => {
    const { builder } = sample();
    const raw = builder.toBytes();
    raw[24 + 7] = 31;
    expect(() => Btf.parse(raw)).toThrow(/type \[1\] has unknown kind 31/);
    expect(() => Btf.parse(raw.subarray(0, 10))).toThrow(/too few/);
    expect(() => Btf.parse(new Uint8Array(24))).toThrow(/wrong magic/);
  });

  it('takes 10,000 random mutations or says what is wrong', () => {
    const raw = sample().builder.toBytes();
    let seed = 12345;
    const rnd = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) {
      const copy = raw.slice(0, rnd(8) === 0 ? rnd(raw.length) : raw.length);
      for (let k = rnd(4); k >= 0 && copy.length > 0; k--) copy[rnd(copy.length)] = rnd(256);
      exercise(copy);
    }
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});

function exercise(raw: Uint8Array): void {
  try {
    const btf = Btf.parse(raw);
    for (let id = 0; id < btf.nrTypes; id++) {
      for (const use of [
        () => btf.resolveSize(id),
        () => btf.alignOf(id),
        () => btf.skipModsAndTypedefs(id),
        () => formatDefinition(btf, id),
        () => btf.findByName(btf.nameOf(id)),
      ]) {
        try {
          use();
        } catch (e) {
          if (!(e instanceof InputError)) throw e;
        }
      }
    }
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
  }
}

describe('.BTF.ext', () => {
  it('reads back what is written', () => {
    const bytes = writeBtfExt(
      [
        {
          sectionNameOff: 5,
          rows: [
            [0, 7],
            [16, 8],
          ],
        },
      ],
      [{ sectionNameOff: 5, rows: [[0, 1, 2, 3]] }],
    );
    const ext = parseBtfExt(bytes);
    expect(ext.funcInfo).toMatchObject([{ sectionNameOff: 5, recSize: 8, count: 2 }]);
    expect(ext.lineInfo).toMatchObject([{ sectionNameOff: 5, recSize: 16, count: 1 }]);
    expect(ext.coreRelos.flatMap(coreRelosOf)).toEqual([]);
  });

  it('refuses a table that runs past the end', () => {
    const bytes = writeBtfExt([{ sectionNameOff: 5, rows: [[0, 7]] }], []);
    for (let n = 0; n < bytes.length; n++)
      expect(() => parseBtfExt(bytes.subarray(0, n))).toThrow(InputError);
  });
});

const VMLINUX = '/sys/kernel/btf/vmlinux';
describe.runIf(existsSync(VMLINUX))('vmlinux BTF of the running kernel', () => {
  it('parses fast and finds types', () => {
    const raw = new Uint8Array(readFileSync(VMLINUX));
    Btf.parse(raw);
    const start = performance.now();
    const btf = Btf.parse(raw);
    expect(performance.now() - start).toBeLessThan(150);
    const id = btf.findByName('task_struct', 'struct');
    expect(id).not.toBeNull();
    expect(formatDefinition(btf, id ?? 0)).toContain('\tstruct thread_info thread_info;\n');
  });
});
