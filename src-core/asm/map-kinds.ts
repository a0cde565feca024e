/** Map types by the words of `.map`, which are those of bpftool (`enum bpf_map_type`, Linux 6.18). */
export const MAP_TYPES: Readonly<Record<string, number>> = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  cgroup_storage: 19,
  reuseport_sockarray: 20,
  percpu_cgroup_storage: 21,
  queue: 22,
  stack: 23,
  sk_storage: 24,
  devmap_hash: 25,
  struct_ops: 26,
  ringbuf: 27,
  inode_storage: 28,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
};

/** Integer types that `key=` and `value=` take by name. */
export const SCALARS: Readonly<
  Record<string, { readonly size: number; readonly signed: boolean; readonly c: string }>
> = {
  u8: { size: 1, signed: false, c: 'unsigned char' },
  u16: { size: 2, signed: false, c: 'unsigned short' },
  u32: { size: 4, signed: false, c: 'unsigned int' },
  u64: { size: 8, signed: false, c: 'unsigned long long' },
  s8: { size: 1, signed: true, c: 'signed char' },
  s16: { size: 2, signed: true, c: 'short' },
  s32: { size: 4, signed: true, c: 'int' },
  s64: { size: 8, signed: true, c: 'long long' },
};

/** Flags that `flags=` takes by name, joined with "|". */
export const MAP_FLAGS: Readonly<Record<string, number>> = {
  no_prealloc: 1 << 0,
  no_common_lru: 1 << 1,
  numa_node: 1 << 2,
  rdonly: 1 << 3,
  wronly: 1 << 4,
  rdonly_prog: 1 << 7,
  wronly_prog: 1 << 8,
  mmapable: 1 << 10,
  preserve_elems: 1 << 11,
  inner_map: 1 << 12,
};

export const MAP_ATTRIBUTES = [
  'type',
  'key',
  'value',
  'max_entries',
  'flags',
  'numa_node',
  'map_extra',
  'pinning',
  'inner',
];
