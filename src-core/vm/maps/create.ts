import type { VmMemory } from '../memory.ts';
import { ArrayMap } from './array-map.ts';
import { HashMap } from './hash-map.ts';
import { LpmTrieMap } from './lpm-trie-map.ts';
import { EINVAL, ENOMEM, type MapAttr, type VmMap } from './map.ts';
import { OpaqueMap } from './opaque-map.ts';
import { QueueMap } from './queue-map.ts';
import { ReferenceMap } from './reference-map.ts';

/** `enum bpf_map_type` of the types that the simulated kernel has. */
export const MapType = {
  HASH: 1,
  ARRAY: 2,
  PROG_ARRAY: 3,
  PERCPU_HASH: 5,
  PERCPU_ARRAY: 6,
  LRU_HASH: 9,
  LRU_PERCPU_HASH: 10,
  LPM_TRIE: 11,
  ARRAY_OF_MAPS: 12,
  HASH_OF_MAPS: 13,
  QUEUE: 22,
  STACK: 23,
} as const;

/** BPF_MAP_TYPE_ARENA, the last type of Linux 6.18. */
const LAST_MAP_TYPE = 33;

export type MapCreated =
  | { readonly ok: true; readonly map: VmMap }
  | { readonly ok: false; readonly errno: number };

const MAX_VALUE = 1 << 25;

/** Sizes that no map type takes (map_alloc_check()). */
function sizesRefused(attr: MapAttr, keySize: number | null): boolean {
  return (
    attr.maxEntries === 0 ||
    attr.valueSize === 0 ||
    attr.valueSize > MAX_VALUE ||
    (keySize !== null && attr.keySize !== keySize)
  );
}

function make(memory: VmMemory, attr: MapAttr, cpus: number): VmMap | 'refused' | null {
  switch (attr.type) {
    case MapType.ARRAY:
      return sizesRefused(attr, 4) ? 'refused' : ArrayMap.create(memory, attr, 1);
    case MapType.PERCPU_ARRAY:
      return sizesRefused(attr, 4) ? 'refused' : ArrayMap.create(memory, attr, cpus);
    case MapType.HASH:
    case MapType.LRU_HASH:
    case MapType.PERCPU_HASH:
    case MapType.LRU_PERCPU_HASH: {
      if (sizesRefused(attr, null) || attr.keySize === 0) return 'refused';
      const perCpu = attr.type === MapType.PERCPU_HASH || attr.type === MapType.LRU_PERCPU_HASH;
      const lru = attr.type === MapType.LRU_HASH || attr.type === MapType.LRU_PERCPU_HASH;
      return HashMap.create(memory, attr, perCpu ? cpus : 1, lru);
    }
    case MapType.PROG_ARRAY:
    case MapType.ARRAY_OF_MAPS: {
      if (sizesRefused({ ...attr, valueSize: 4 }, 4)) return 'refused';
      const table = ArrayMap.create(memory, { ...attr, valueSize: 4 }, 1);
      return table === null ? null : new ReferenceMap(memory, attr, table);
    }
    case MapType.HASH_OF_MAPS: {
      if (sizesRefused({ ...attr, valueSize: 4 }, null)) return 'refused';
      const table = HashMap.create(memory, { ...attr, valueSize: 4 }, 1, false);
      return table === null ? null : new ReferenceMap(memory, attr, table);
    }
    case MapType.LPM_TRIE:
      return sizesRefused(attr, null) || attr.keySize < 5 || attr.keySize > 260
        ? 'refused'
        : LpmTrieMap.create(memory, attr);
    case MapType.QUEUE:
    case MapType.STACK:
      return sizesRefused(attr, 0) ? 'refused' : QueueMap.create(memory, attr, attr.type === MapType.STACK);
    default:
      return attr.type > 0 && attr.type <= LAST_MAP_TYPE ? OpaqueMap.create(memory, attr) : 'refused';
  }
}

/** Makes a map in linear memory; `cpus` is the number of simulated CPUs of per-CPU maps. */
export function createVmMap(memory: VmMemory, attr: MapAttr, cpus: number): MapCreated {
  const made = make(memory, attr, cpus);
  if (made === 'refused') return { ok: false, errno: EINVAL };
  return made === null ? { ok: false, errno: ENOMEM } : { ok: true, map: made };
}
