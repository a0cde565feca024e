import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oracleMissing } from '../../kernel/oracle.ts';
import { liveMap, type MapShape, type MapWorld, simulatedMap, userValueSize } from './map-worlds.ts';

const HASH = 1;
const ARRAY = 2;
const PERCPU_HASH = 5;
const PERCPU_ARRAY = 6;
const LRU_HASH = 9;
const LPM_TRIE = 11;
const NO_PREALLOC = 1;

const ANY = 0;
const NOEXIST = 1;
const EXIST = 2;

const u32 = (n: number): Uint8Array => new Uint8Array(Uint32Array.of(n).buffer);
const lpm = (bits: number, ...address: readonly number[]): Uint8Array =>
  Uint8Array.of(bits, 0, 0, 0, ...address);

/** The same assertions for our side and, where there is one, for the live kernel. */
const WORLDS = [
  { world: 'the simulated kernel', open: simulatedMap, missing: null },
  { world: `the live kernel (${oracleMissing() ?? 'here'})`, open: liveMap, missing: oracleMissing() },
];

describe.each(WORLDS)('in $world', ({ open, missing }) => {
  const test = (name: string, shape: MapShape, body: (m: MapWorld) => void): void => {
    it.skipIf(missing !== null)(name, () => {
      const map = open(shape);
      try {
        body(map);
      } finally {
        map.close();
      }
    });
  };
  const hash: MapShape = { type: HASH, keySize: 4, valueSize: 4, maxEntries: 3 };

  test('a hash that is full refuses a new key with E2BIG and still takes an old one', hash, (m) => {
    for (let i = 0; i < 3; i++) expect(m.update(u32(i), u32(i), ANY)).toBe(0);
    expect(m.update(u32(9), u32(9), ANY)).toBe(-7);
    expect(m.update(u32(1), u32(11), ANY)).toBe(0);
    expect(m.lookup(u32(1))).toEqual(u32(11));
    expect(m.delete(u32(0))).toBe(0);
    expect(m.update(u32(9), u32(9), ANY)).toBe(0);
  });

  test('BPF_NOEXIST wants a new key, BPF_EXIST an old one', hash, (m) => {
    expect(m.update(u32(1), u32(1), EXIST)).toBe(-2);
    expect(m.update(u32(1), u32(1), NOEXIST)).toBe(0);
    expect(m.update(u32(1), u32(2), NOEXIST)).toBe(-17);
    expect(m.update(u32(1), u32(3), EXIST)).toBe(0);
    expect(m.lookup(u32(1))).toEqual(u32(3));
    expect(m.update(u32(1), u32(3), 3)).toBe(-22);
  });

  test('a hash forgets what is deleted, and says when there is nothing to delete', hash, (m) => {
    m.update(u32(1), u32(1), ANY);
    expect(m.delete(u32(1))).toBe(0);
    expect(m.lookup(u32(1))).toBeNull();
    expect(m.delete(u32(1))).toBe(-2);
  });

  const array: MapShape = { type: ARRAY, keySize: 4, valueSize: 4, maxEntries: 2 };
  test('an array has all its elements from the start, as zeros', array, (m) => {
    expect(m.contents()).toEqual(['00000000=00000000', '01000000=00000000']);
  });

  test('an array refuses indices behind its end, new elements and deletion', array, (m) => {
    expect(m.update(u32(2), u32(1), ANY)).toBe(-7);
    expect(m.lookup(u32(2))).toBeNull();
    expect(m.update(u32(0), u32(1), NOEXIST)).toBe(-17);
    expect(m.update(u32(0), u32(1), EXIST)).toBe(0);
    expect(m.delete(u32(0))).toBe(-22);
  });

  const perCpu: MapShape = { type: PERCPU_ARRAY, keySize: 4, valueSize: 4, maxEntries: 1 };
  test('a per-CPU array has one padded value for each CPU', perCpu, (m) => {
    const value = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0);
    expect(m.update(u32(0), value, ANY)).toBe(0);
    expect(m.lookup(u32(0))).toEqual(value);
  });

  const trie: MapShape = { type: LPM_TRIE, keySize: 8, valueSize: 4, maxEntries: 4, flags: NO_PREALLOC };
  test('a trie answers with the longest prefix that fits', trie, (m) => {
    m.update(lpm(0, 0, 0, 0, 0), u32(1), ANY);
    m.update(lpm(8, 10, 0, 0, 0), u32(2), ANY);
    m.update(lpm(24, 10, 1, 2, 0), u32(3), ANY);
    expect(m.lookup(lpm(32, 10, 1, 2, 77))).toEqual(u32(3));
    expect(m.lookup(lpm(32, 10, 9, 9, 9))).toEqual(u32(2));
    expect(m.lookup(lpm(32, 11, 0, 0, 1))).toEqual(u32(1));
    expect(m.lookup(lpm(16, 10, 1, 0, 0))).toEqual(u32(2));
    expect(m.lookup(lpm(33, 10, 1, 2, 77))).toBeNull();
  });

  test('a trie deletes exact prefixes only, and refuses prefixes that are too long', trie, (m) => {
    expect(m.update(lpm(33, 10, 0, 0, 0), u32(1), ANY)).toBe(-22);
    expect(m.update(lpm(8, 10, 0, 0, 0), u32(1), ANY)).toBe(0);
    expect(m.delete(lpm(9, 10, 0, 0, 0))).toBe(-2);
    expect(m.delete(lpm(33, 10, 0, 0, 0))).toBe(-22);
    expect(m.delete(lpm(8, 10, 255, 255, 255))).toBe(0);
  });

  test('a trie that is full refuses with ENOSPC', trie, (m) => {
    for (let i = 0; i < 4; i++) expect(m.update(lpm(32, 10, 0, 0, i), u32(i), ANY)).toBe(0);
    expect(m.update(lpm(32, 10, 0, 0, 9), u32(9), ANY)).toBe(-28);
    expect(m.update(lpm(32, 10, 0, 0, 3), u32(9), ANY)).toBe(0);
  });

  const lru: MapShape = { type: LRU_HASH, keySize: 4, valueSize: 4, maxEntries: 64 };
  test('an LRU hash takes any number of keys and never holds more than it may', lru, (m) => {
    for (let i = 0; i < 500; i++) expect(m.update(u32(i), u32(i), ANY)).toBe(0);
    expect(m.contents().length).toBeLessThanOrEqual(64);
    expect(m.lookup(u32(499))).toEqual(u32(499));
    expect(m.lookup(u32(0))).toBeNull();
  });
});

it('an LRU hash of ours drops the element that was written longest ago', () => {
  const m = simulatedMap({ type: LRU_HASH, keySize: 4, valueSize: 4, maxEntries: 2 });
  m.update(u32(1), u32(1), ANY);
  m.update(u32(2), u32(2), ANY);
  m.update(u32(1), u32(5), ANY);
  m.update(u32(3), u32(3), ANY);
  expect(m.contents()).toEqual(['01000000=05000000', '03000000=03000000']);
});

interface Op {
  readonly what: 'update' | 'delete' | 'lookup';
  readonly key: Uint8Array;
  readonly value: number;
  readonly flags: number;
}

function perform(m: MapWorld, shape: MapShape, ops: readonly Op[]): unknown[] {
  const size = userValueSize(shape);
  return ops.map(({ what, key, value, flags }) => {
    if (what === 'delete') return m.delete(key);
    if (what === 'lookup') return m.lookup(key);
    // Padding behind a per-CPU value is not the map's: it stays zero.
    const bytes = new Uint8Array(size).map((_, i) =>
      i % 8 < shape.valueSize || size === shape.valueSize ? value + i : 0,
    );
    return m.update(key, bytes, flags);
  });
}

const opOn = (key: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Op> =>
  fc.record({
    what: fc.constantFrom('update' as const, 'update' as const, 'delete' as const, 'lookup' as const),
    key,
    value: fc.nat(200),
    flags: fc.constantFrom(ANY, ANY, NOEXIST, EXIST, 3),
  });
const smallKey = fc.nat(6).map(u32);
const prefixKey = fc
  .record({
    bits: fc.constantFrom(0, 1, 7, 8, 9, 15, 16, 24, 31, 32, 33),
    a: fc.constantFrom(0, 10, 11, 128),
    b: fc.constantFrom(0, 255),
  })
  .map(({ bits, a, b }) => lpm(bits, a, b, 0, 1));

describe(`random operations on maps, as the live kernel does them (${oracleMissing() ?? 'here'})`, () => {
  it.skipIf(oracleMissing() !== null).each([
    ['hash', { type: HASH, keySize: 4, valueSize: 4, maxEntries: 4 }, smallKey],
    [
      'hash that is not preallocated',
      { type: HASH, keySize: 4, valueSize: 12, maxEntries: 4, flags: NO_PREALLOC },
      smallKey,
    ],
    ['array', { type: ARRAY, keySize: 4, valueSize: 6, maxEntries: 4 }, smallKey],
    ['per-CPU hash', { type: PERCPU_HASH, keySize: 4, valueSize: 4, maxEntries: 4 }, smallKey],
    ['per-CPU array', { type: PERCPU_ARRAY, keySize: 4, valueSize: 8, maxEntries: 4 }, smallKey],
    ['trie', { type: LPM_TRIE, keySize: 8, valueSize: 4, maxEntries: 6, flags: NO_PREALLOC }, prefixKey],
  ] as const)('agree on a %s', (_name, shape: MapShape, key) => {
    fc.assert(
      fc.property(fc.array(opOn(key), { minLength: 1, maxLength: 40 }), (ops) => {
        const [ours, live] = [simulatedMap(shape), liveMap(shape)];
        try {
          expect(perform(ours, shape, ops)).toEqual(perform(live, shape, ops));
          expect(ours.contents()).toEqual(live.contents());
        } finally {
          ours.close();
          live.close();
        }
      }),
      { numRuns: 50 },
    );
  });
});
