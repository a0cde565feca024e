import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packBtf, unpackBtf } from '../../../src-core/btf/pack.ts';
import { unpackVmlinux } from '../../../src-core/btf/vmlinux.ts';
import { InputError } from '../../../src-core/util/input-error.ts';

const packed = new Uint8Array(readFileSync(new URL('../../../public/vmlinux.btf.bin', import.meta.url)));

describe('the shipped vmlinux BTF', () => {
  it('unpacks in well under a second and has the types', () => {
    const start = performance.now();
    const btf = unpackVmlinux(packed);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(btf.findByName('bpf_rcu_read_lock', 'func')).not.toBeNull();
    expect(btf.findByName('task_struct', 'struct')).not.toBeNull();
  });

  it('packs and unpacks to the same bytes', () => {
    const facts = unpackBtf(packed);
    const again = unpackBtf(packBtf(facts));
    expect(Buffer.compare(again.raw, facts.raw)).toBe(0);
    expect(again.config).toBe(facts.config);
    expect(facts.config).toContain('CONFIG_BPF_SYSCALL=y');
  });

  it('says so when it is damaged', () => {
    expect(() => unpackVmlinux(packed.subarray(0, 1000))).toThrow(InputError);
    expect(() => unpackVmlinux(new Uint8Array(100))).toThrow(/no gzip header/);
    const cut = packed.slice();
    cut[400_000] ^= 0x55;
    expect(() => unpackVmlinux(cut)).toThrow(InputError);
  });
});
