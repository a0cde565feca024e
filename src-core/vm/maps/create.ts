import type { VmMemory } from '../memory.ts';
import { ArrayMap } from './array-map.ts';
import { BloomMap } from './bloom-map.ts';
import { HashMap } from './hash-map.ts';
import { LpmTrieMap } from './lpm-trie-map.ts';
import { EINVAL, ENOMEM, type MapAttr, type VmMap } from './map.ts';
import { OpaqueMap } from './opaque-map.ts';
import { PerfEventMap } from './perf-event-map.ts';
import { QueueMap } from './queue-map.ts';
import { RedirectMap } from './redirect-map.ts';
import { ReferenceMap } from './reference-map.ts';
import { RingBufferMap } from './ring-buffer-map.ts';

/** `enum bpf_map_type` of the types that the simulated kernel has. */
export const MapType = {
  HASH: 1,
  ARRAY: 2,
  PROG_ARRAY: 3,
  PERF_EVENT_ARRAY: 4,
  PERCPU_HASH: 5,
  PERCPU_ARRAY: 6,
  LRU_HASH: 9,
  LRU_PERCPU_HASH: 10,
  LPM_TRIE: 11,
  ARRAY_OF_MAPS: 12,
  HASH_OF_MAPS: 13,
  DEVMAP: 14,
  CPUMAP: 16,
  XSKMAP: 17,
  QUEUE: 22,
  STACK: 23,
  DEVMAP_HASH: 25,
  RINGBUF: 27,
  BLOOM_FILTER: 30,
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
    case MapType.DEVMAP:
    case MapType.DEVMAP_HASH:
    case MapType.CPUMAP:
    case MapType.XSKMAP:
      return makeRedirectMap(memory, attr, cpus);
    case MapType.PERF_EVENT_ARRAY:
      return attr.valueSize !== 4 || sizesRefused(attr, 4) ? 'refused' : PerfEventMap.create(memory, attr);
    case MapType.BLOOM_FILTER:
      return sizesRefused(attr, 0) ? 'refused' : BloomMap.create(memory, attr);
    case MapType.RINGBUF:
      return RingBufferMap.sizesFit(attr) ? RingBufferMap.create(memory, attr) : 'refused';
    default:
      return attr.type > 0 && attr.type <= LAST_MAP_TYPE ? OpaqueMap.create(memory, attr) : 'refused';
  }
}

/** dev_map_alloc_check(), cpu_map_alloc(), xsk_map_alloc(): a value is a u32, or a u32 and a program's fd. */
function makeRedirectMap(memory: VmMemory, attr: MapAttr, cpus: number): VmMap | 'refused' | null {
  const sizes = attr.type === MapType.XSKMAP ? [4] : [4, 8];
  if (sizesRefused(attr, 4) || !sizes.includes(attr.valueSize)) return 'refused';
  const table =
    attr.type === MapType.DEVMAP_HASH
      ? HashMap.create(memory, attr, 1, false)
      : ArrayMap.create(memory, attr, 1);
  const target = attr.type === MapType.CPUMAP ? 'cpu' : attr.type === MapType.XSKMAP ? 'socket' : 'device';
  return table === null ? null : new RedirectMap(memory, attr, target, table, cpus);
}

/** Makes a map in linear memory; `cpus` is the number of simulated CPUs of per-CPU maps. */
export function createVmMap(memory: VmMemory, attr: MapAttr, cpus: number): MapCreated {
  const made = make(memory, attr, cpus);
  if (made === 'refused') return { ok: false, errno: EINVAL };
  return made === null ? { ok: false, errno: ENOMEM } : { ok: true, map: made };
}
