import type { MapCreateAttr } from '../../../../src-core/bpf/api.ts';
import { MAP_TYPE_NAMES } from '../../../../src-core/platform/map-types.ts';
import { MAP_FLAG } from '../../../../src-core/uapi/bpf.ts';

/** Attributes that each type takes; null: only with BTF or with other objects. */
const VALID: Readonly<Record<string, Omit<MapCreateAttr, 'type'> | null>> = {
  unspec: null,
  hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  array: { keySize: 4, valueSize: 8, maxEntries: 4 },
  prog_array: { keySize: 4, valueSize: 4, maxEntries: 4 },
  perf_event_array: { keySize: 4, valueSize: 4, maxEntries: 4 },
  percpu_hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  percpu_array: { keySize: 4, valueSize: 8, maxEntries: 4 },
  stack_trace: { keySize: 4, valueSize: 80, maxEntries: 4 },
  cgroup_array: { keySize: 4, valueSize: 4, maxEntries: 4 },
  lru_hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  lru_percpu_hash: { keySize: 4, valueSize: 8, maxEntries: 4 },
  lpm_trie: { keySize: 8, valueSize: 8, maxEntries: 4, flags: MAP_FLAG.NO_PREALLOC },
  array_of_maps: null,
  hash_of_maps: null,
  devmap: { keySize: 4, valueSize: 4, maxEntries: 4 },
  sockmap: { keySize: 4, valueSize: 4, maxEntries: 4 },
  cpumap: { keySize: 4, valueSize: 4, maxEntries: 4 },
  xskmap: { keySize: 4, valueSize: 4, maxEntries: 4 },
  sockhash: { keySize: 4, valueSize: 4, maxEntries: 4 },
  cgroup_storage: { keySize: 16, valueSize: 8, maxEntries: 0 },
  reuseport_sockarray: { keySize: 4, valueSize: 4, maxEntries: 4 },
  percpu_cgroup_storage: { keySize: 16, valueSize: 8, maxEntries: 0 },
  queue: { keySize: 0, valueSize: 8, maxEntries: 3 },
  stack: { keySize: 0, valueSize: 8, maxEntries: 3 },
  sk_storage: null,
  devmap_hash: { keySize: 4, valueSize: 4, maxEntries: 4 },
  struct_ops: null,
  ringbuf: { keySize: 0, valueSize: 0, maxEntries: 4096 },
  inode_storage: null,
  task_storage: null,
  bloom_filter: { keySize: 0, valueSize: 8, maxEntries: 4 },
  user_ringbuf: { keySize: 0, valueSize: 0, maxEntries: 4096 },
  cgrp_storage: null,
  arena: { keySize: 0, valueSize: 0, maxEntries: 4, flags: MAP_FLAG.MMAPABLE },
};

export interface Shape {
  readonly name: string;
  readonly type: number;
  /** null where a map cannot be made from numbers alone. */
  readonly valid: MapCreateAttr | null;
}

export const SHAPES: readonly Shape[] = MAP_TYPE_NAMES.map((name, type) => {
  const valid = VALID[name];
  return { name, type, valid: valid === null ? null : { ...valid, type } };
});

export const shape = (name: string): MapCreateAttr => {
  const found = SHAPES.find((s) => s.name === name)?.valid;
  if (found === undefined || found === null) throw new Error(`no shape for ${name}`);
  return found;
};
