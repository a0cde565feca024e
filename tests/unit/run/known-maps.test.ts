import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { HASH_MULTIPLIER } from '../../../src-core/jit/abi.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';

/** Looks up the packet's first `keySize` bytes: r0 = the value's first byte, or 0. */
function lookupProgram(type: string, keySize: number, known: boolean): string {
  // Behind a branch the compiler no longer knows which map r1 points to.
  const forget = known ? '' : '    if r7 == 0 goto look\n    r8 = 0\nlook:\n';
  const copies = Array.from(
    { length: keySize },
    (_, i) => `    r3 = *(u8 *)(r2 + ${i})\n    *(u8 *)(r10 - ${keySize - i}) = r3\n`,
  );
  return `.map cells, type=${type}, key=${keySize}, value=8, max_entries=8
.section "xdp"
look_up:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r7 = *(u32 *)(r1 + 12)
    r4 = r2
    r4 += 64
    r0 = 0
    if r4 > r3 goto out
${copies.join('')}    r1 = cells ll
    r2 = r10
    r2 += -${keySize}
${forget}    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r0 = *(u8 *)(r0 + 0)
out:
    exit
`;
}

function session(type: string, keySize: number, known: boolean) {
  const { object, diagnostics } = assemble(lookupProgram(type, keySize, known), { helperId });
  if (object === null) throw new Error(diagnostics[0].message);
  const spec = loadElf(object, 'lookup', { vmlinux: null });
  const opened = openObject(spec, { vmlinux: null, timer: () => 0 });
  const out = loadProgram(opened, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  if (out.fd === null || !opened.maps.ok) throw new Error(out.log);
  return { kernel: opened.kernel, prog: out.fd, map: opened.maps.fds[0] as number };
}

const key = (size: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(64);
  for (let i = 0; i < size; i++) bytes[i] = i === size - 1 ? seed & 1 : seed >> 1;
  return bytes;
};

describe.each([
  ['hash', 1],
  ['hash', 3],
  ['hash', 4],
  ['hash', 6],
  ['hash', 8],
  ['hash', 13],
  ['hash', 32],
  ['hash', 40],
  ['lru_hash', 8],
  ['percpu_hash', 8],
  ['array', 4],
  ['percpu_array', 4],
] as const)('lookups in a %s with keys of %i bytes', (type, keySize) => {
  it.each([true, false])('find what the map holds; the compiler knows the map: %s', (known) => {
    const { kernel, prog, map } = session(type, keySize, known);
    const perCpu = type.startsWith('percpu');
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 8 }), fc.nat(20), (put, wanted) => {
        put.forEach((seed, i) => {
          const value = new Uint8Array(perCpu ? 16 : 8).fill(i + 1);
          kernel.maps.update(map, key(keySize, seed).slice(0, keySize), value);
        });
        const dataIn = key(keySize, wanted);
        const expected = kernel.maps.lookup(map, dataIn.slice(0, keySize))?.[0] ?? 0;
        for (const engine of ['jit', 'interp'] as const) {
          const run = kernel.testRun(prog, { dataIn, ctxIn: new Uint8Array(0), repeat: 1, engine });
          expect(run.ok && run.retval).toBe(expected);
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** One round of vm/maps/descriptor.ts hashKey(), for words. */
const mix = (hash: number, word: number): number => {
  const h = Math.imul(hash ^ word, HASH_MULTIPLIER);
  return h ^ (h >>> 15);
};

describe.each([8, 12, 16, 40])('two keys of %i bytes with the same hash', (size) => {
  it.each([true, false])('are told apart; the compiler knows the map: %s', (known) => {
    const { kernel, prog, map } = session('hash', size, known);
    const words = new Int32Array(16);
    const other = new Int32Array(16);
    [words[0], words[1], other[0]] = [1, 2, 3];
    other[1] = words[1] ^ mix(size, words[0]) ^ mix(size, other[0]);
    const bytes = (w: Int32Array): Uint8Array => new Uint8Array(w.buffer).slice(0, 64);
    kernel.maps.update(map, bytes(words).slice(0, size), new Uint8Array(8).fill(7));
    for (const engine of ['jit', 'interp'] as const) {
      const look = (w: Int32Array): number => {
        const run = kernel.testRun(prog, { dataIn: bytes(w), engine });
        return run.ok ? run.retval : -1;
      };
      expect([look(words), look(other)]).toEqual([7, 0]);
    }
  });
});
