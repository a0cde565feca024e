import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadElf } from '../../../src-core/object/load.ts';
import { InputError } from '../../../src-core/util/input-error.ts';

const FILES = ['xdp_globals', 'map_in_map', 'core', 'ksyms', 'kconfig', 'struct_ops', 'callbacks'];
const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../objects/${name}.bpf.o`, import.meta.url)));

/** Loads, or throws InputError with a message and a place; anything else fails the test. */
function attempt(bytes: Uint8Array, name: string): number {
  const start = performance.now();
  try {
    loadElf(bytes, name, { vmlinux: null });
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    expect(e.message.length).toBeGreaterThan(10);
  }
  return performance.now() - start;
}

describe('damaged objects', () => {
  it.each(FILES)('%s cut at every length', (name) => {
    const bytes = read(name);
    let slowest = 0;
    for (let n = 0; n < bytes.length; n++) slowest = Math.max(slowest, attempt(bytes.subarray(0, n), name));
    expect(slowest).toBeLessThan(2000);
  });

  it.each(FILES)('%s with each byte flipped in turn', (name) => {
    const bytes = read(name);
    let slowest = 0;
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] ^= 0xff;
      slowest = Math.max(slowest, attempt(bytes, name));
      bytes[i] ^= 0xff;
    }
    expect(slowest).toBeLessThan(2000);
  });

  it('50 MB of zeros', () => {
    expect(attempt(new Uint8Array(50_000_000), 'zeros')).toBeLessThan(2000);
  });
});
