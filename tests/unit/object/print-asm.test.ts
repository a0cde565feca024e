import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { unpackVmlinux } from '../../../src-core/btf/vmlinux.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { printAssembly } from '../../../src-core/object/print-asm.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, root)));
const vmlinux = unpackVmlinux(read('public/vmlinux.btf.bin'));
const objects = readdirSync(new URL('tests/objects', root)).filter((f) => f.endsWith('.bpf.o'));
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

describe('an object printed as assembly and assembled again', () => {
  it.each(objects)('%s', (file) => {
    const spec = loadElf(read(`tests/objects/${file}`), file, { vmlinux });
    const made = assemble(printAssembly(spec));
    expect(made.diagnostics).toEqual([]);
    const again = loadElf(made.object ?? new Uint8Array(0), file, { vmlinux: null });
    expect(again.license).toBe(spec.license);
    for (const p of spec.programs) {
      const q = again.programs.find((x) => x.name === p.name);
      expect(q).toMatchObject({
        section: p.section,
        type: p.type,
        autoload: p.autoload,
        subprograms: p.subprograms,
      });
      expect(q && hex(q.insns)).toBe(hex(p.insns));
    }
  });
});
