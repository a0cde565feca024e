import { HASH_MULTIPLIER } from '../../jit/abi.ts';

export const round8 = (n: number): number => (n + 7) & ~7;

/** Hash of `size` bytes at `at`; jit/emit/map-lookup.ts emits the same function as Wasm. */
export function hashKey(view: DataView, at: number, size: number): number {
  let h = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    h = Math.imul(h ^ view.getInt32(at + i, true), HASH_MULTIPLIER);
    h ^= h >>> 15;
  }
  for (; i < size; i++) {
    h = Math.imul(h ^ view.getUint8(at + i), HASH_MULTIPLIER);
    h ^= h >>> 15;
  }
  return h;
}
