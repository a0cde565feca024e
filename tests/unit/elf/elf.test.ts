import { describe, expect, it } from 'vitest';
import {
  R_BPF_64_64,
  SHF_ALLOC,
  SHF_EXECINSTR,
  SHT_REL,
  STB_GLOBAL,
  STB_LOCAL,
  STT_FUNC,
  STT_OBJECT,
} from '../../../src-core/elf/constants.ts';
import { readElf, readRelocs } from '../../../src-core/elf/read.ts';
import { ElfWriter } from '../../../src-core/elf/write.ts';
import { InputError } from '../../../src-core/util/input-error.ts';

function sample(): Uint8Array {
  const w = new ElfWriter();
  const xdp = w.section({
    name: 'xdp',
    flags: SHF_ALLOC | SHF_EXECINSTR,
    data: new Uint8Array(24),
    align: 8,
  });
  const maps = w.section({ name: '.maps', data: new Uint8Array(32), align: 8 });
  const map = w.symbol({
    name: 'counters',
    value: 0,
    size: 32,
    type: STT_OBJECT,
    bind: STB_GLOBAL,
    section: maps,
  });
  w.symbol({ name: 'prog', value: 0, size: 24, type: STT_FUNC, bind: STB_GLOBAL, section: xdp });
  w.symbol({ name: 'local', value: 8, size: 0, type: 0, bind: STB_LOCAL, section: xdp });
  w.relocate(xdp, 0, R_BPF_64_64, map);
  return w.toBytes();
}

describe('ELF', () => {
  it('reads back what it writes', () => {
    const elf = readElf(sample());
    expect(elf.sections.map((s) => s.name)).toEqual([
      '',
      'xdp',
      '.maps',
      '.relxdp',
      '.symtab',
      '.strtab',
      '.shstrtab',
    ]);
    expect(elf.symbols.map((s) => s.name)).toEqual(['', 'local', 'counters', 'prog']);
    const rel = elf.sections.find((s) => s.type === SHT_REL);
    expect(rel?.info).toBe(1);
    expect(rel && readRelocs(elf, rel)).toEqual([{ offset: 0, type: R_BPF_64_64, symbol: 2, addend: null }]);
  });

  it.each([
    ['prose', new TextEncoder().encode('Dear kernel'), /not an ELF file: the first bytes are 44 65 61 72/],
    ['nothing', new Uint8Array(0), /the file is empty/],
    ['32-bit', patched(4, 1), /32-bit ELF file/],
    ['big-endian', patched(5, 2), /big-endian ELF file/],
    ['x86-64', patched(18, 62), /machine 62 \(x86-64\), not BPF/],
    ['executable', patched(16, 2), /type 2 \(executable\)/],
  ])('says what is wrong with %s', (_, bytes, message) => {
    expect(() => readElf(bytes)).toThrow(message);
    expect(() => readElf(bytes)).toThrow(InputError);
  });

  it('takes every cut and every flipped byte or throws InputError', () => {
    const bytes = sample();
    for (let n = 0; n < bytes.length; n++) attempt(bytes.subarray(0, n));
    for (let i = 0; i < bytes.length; i++) {
      const copy = bytes.slice();
      copy[i] ^= 0xff;
      attempt(copy);
    }
  });

  it('says no to 50 MB of zeros at once', () => {
    const start = performance.now();
    expect(() => readElf(new Uint8Array(50_000_000))).toThrow(InputError);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

function patched(at: number, value: number): Uint8Array {
  const bytes = sample();
  bytes[at] = value;
  return bytes;
}

function attempt(bytes: Uint8Array): void {
  try {
    const elf = readElf(bytes);
    for (const s of elf.sections) if (s.type === SHT_REL) readRelocs(elf, s);
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
  }
}
