/**
 * A map's descriptor in linear memory: its address is the value of a BPF map pointer, and compiled code reads
 * it to look elements up without leaving Wasm. Byte offsets of u32 fields:
 */
export const D_KIND = 0;
export const D_KEY_SIZE = 4;
export const D_MAX_ENTRIES = 8;
/** Array: first value. Hash: bucket heads. */
export const D_BASE = 12;
/** Array: bytes between values. Hash: bucket mask. */
export const D_STRIDE = 16;
/** Bytes between the values of two CPUs; 0 when the map is not per-CPU. */
export const D_CPU_STRIDE = 20;
/** Hash: offset of the value in an entry. */
export const D_VALUE_OFFSET = 24;
export const DESCRIPTOR_SIZE = 32;

/** D_KIND: how compiled code may look an element up. */
export const KIND_ARRAY = 1;
export const KIND_HASH = 2;
/** Through the map's own lookup function. */
export const KIND_OTHER = 3;

/** An entry of a hash map: u32 next (address, 0 ends), u32 hash, key, padding to 8, value. */
export const ENTRY_NEXT = 0;
export const ENTRY_HASH = 4;
export const ENTRY_KEY = 8;

export const round8 = (n: number): number => (n + 7) & ~7;

const MULTIPLIER = 0x9e3779b1;

/** Hash of `size` bytes at `at`; jit/emit/map-lookup.ts emits the same function as Wasm. */
export function hashKey(view: DataView, at: number, size: number): number {
  let h = size;
  let i = 0;
  for (; i + 4 <= size; i += 4) {
    h = Math.imul(h ^ view.getInt32(at + i, true), MULTIPLIER);
    h ^= h >>> 15;
  }
  for (; i < size; i++) {
    h = Math.imul(h ^ view.getUint8(at + i), MULTIPLIER);
    h ^= h >>> 15;
  }
  return h;
}
export const HASH_MULTIPLIER = MULTIPLIER;
