import { BPF_FUNC, type HelperName } from './helpers.gen.ts';

/** Map types of Linux 6.18 (`enum bpf_map_type`) by libbpf's names; the index is the number. */
export const MAP_TYPE_NAMES = [
  'unspec',
  'hash',
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_hash',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'sockhash',
  'cgroup_storage',
  'reuseport_sockarray',
  'percpu_cgroup_storage',
  'queue',
  'stack',
  'sk_storage',
  'devmap_hash',
  'struct_ops',
  'ringbuf',
  'inode_storage',
  'task_storage',
  'bloom_filter',
  'user_ringbuf',
  'cgrp_storage',
  'arena',
] as const;

export type MapTypeName = (typeof MAP_TYPE_NAMES)[number];

export const BPF_MAP_TYPE = Object.fromEntries(MAP_TYPE_NAMES.map((name, i) => [name, i])) as Readonly<
  Record<MapTypeName, number>
>;

/** `BPF_F_*` of map creation. */
export const BPF_F_NO_PREALLOC = 1 << 0;
export const BPF_F_RDONLY_PROG = 1 << 7;
export const BPF_F_WRONLY_PROG = 1 << 8;
export const BPF_F_INNER_MAP = 1 << 12;

const types = (...names: MapTypeName[]): ReadonlySet<number> => new Set(names.map((n) => BPF_MAP_TYPE[n]));

/** check_map_prog_compatibility(): what a sleepable program may use. */
export const SLEEPABLE_MAP_TYPES = types(
  'hash',
  'lru_hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'array_of_maps',
  'hash_of_maps',
  'ringbuf',
  'user_ringbuf',
  'inode_storage',
  'sk_storage',
  'task_storage',
  'cgrp_storage',
  'queue',
  'stack',
  'arena',
);

/** check_map_func_compatibility(), seen from the map: only these helpers take it. Others take any. */
const HELPERS_OF_MAP: Partial<Record<MapTypeName, readonly HelperName[]>> = {
  prog_array: ['tail_call'],
  perf_event_array: [
    'perf_event_read',
    'perf_event_output',
    'skb_output',
    'perf_event_read_value',
    'xdp_output',
  ],
  ringbuf: [
    'ringbuf_output',
    'ringbuf_reserve',
    'ringbuf_query',
    'ringbuf_reserve_dynptr',
    'ringbuf_submit_dynptr',
    'ringbuf_discard_dynptr',
  ],
  user_ringbuf: ['user_ringbuf_drain'],
  stack_trace: ['get_stackid'],
  cgroup_array: ['skb_under_cgroup', 'current_task_under_cgroup'],
  cgroup_storage: ['get_local_storage'],
  percpu_cgroup_storage: ['get_local_storage'],
  devmap: ['redirect_map', 'map_lookup_elem'],
  devmap_hash: ['redirect_map', 'map_lookup_elem'],
  cpumap: ['redirect_map'],
  xskmap: ['redirect_map', 'map_lookup_elem'],
  array_of_maps: ['map_lookup_elem'],
  hash_of_maps: ['map_lookup_elem'],
  sockmap: [
    'sk_redirect_map',
    'sock_map_update',
    'msg_redirect_map',
    'sk_select_reuseport',
    'map_lookup_elem',
  ],
  sockhash: [
    'sk_redirect_hash',
    'sock_hash_update',
    'msg_redirect_hash',
    'sk_select_reuseport',
    'map_lookup_elem',
  ],
  reuseport_sockarray: ['sk_select_reuseport'],
  queue: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  stack: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  sk_storage: ['sk_storage_get', 'sk_storage_delete', 'kptr_xchg'],
  inode_storage: ['inode_storage_get', 'inode_storage_delete', 'kptr_xchg'],
  task_storage: ['task_storage_get', 'task_storage_delete', 'kptr_xchg'],
  cgrp_storage: ['cgrp_storage_get', 'cgrp_storage_delete', 'kptr_xchg'],
  bloom_filter: ['map_peek_elem', 'map_push_elem'],
};

/** check_map_func_compatibility(), seen from the helper: it takes only these map types. Others take any. */
const MAPS_OF_HELPER: Partial<Record<HelperName, readonly MapTypeName[]>> = {
  tail_call: ['prog_array'],
  perf_event_read: ['perf_event_array'],
  perf_event_output: ['perf_event_array'],
  perf_event_read_value: ['perf_event_array'],
  skb_output: ['perf_event_array'],
  xdp_output: ['perf_event_array'],
  ringbuf_output: ['ringbuf'],
  ringbuf_reserve: ['ringbuf'],
  ringbuf_query: ['ringbuf'],
  ringbuf_reserve_dynptr: ['ringbuf'],
  ringbuf_submit_dynptr: ['ringbuf'],
  ringbuf_discard_dynptr: ['ringbuf'],
  user_ringbuf_drain: ['user_ringbuf'],
  get_stackid: ['stack_trace'],
  current_task_under_cgroup: ['cgroup_array'],
  skb_under_cgroup: ['cgroup_array'],
  redirect_map: ['devmap', 'devmap_hash', 'cpumap', 'xskmap'],
  sk_redirect_map: ['sockmap'],
  msg_redirect_map: ['sockmap'],
  sock_map_update: ['sockmap'],
  sk_redirect_hash: ['sockhash'],
  msg_redirect_hash: ['sockhash'],
  sock_hash_update: ['sockhash'],
  get_local_storage: ['cgroup_storage', 'percpu_cgroup_storage'],
  sk_select_reuseport: ['reuseport_sockarray', 'sockmap', 'sockhash'],
  map_pop_elem: ['queue', 'stack'],
  map_peek_elem: ['queue', 'stack', 'bloom_filter'],
  map_push_elem: ['queue', 'stack', 'bloom_filter'],
  map_lookup_percpu_elem: ['percpu_array', 'percpu_hash', 'lru_percpu_hash'],
  sk_storage_get: ['sk_storage'],
  sk_storage_delete: ['sk_storage'],
  inode_storage_get: ['inode_storage'],
  inode_storage_delete: ['inode_storage'],
  task_storage_get: ['task_storage'],
  task_storage_delete: ['task_storage'],
  cgrp_storage_get: ['cgrp_storage'],
  cgrp_storage_delete: ['cgrp_storage'],
};

const helpersOfMap = new Map(
  Object.entries(HELPERS_OF_MAP).map(([map, helpers]) => [
    BPF_MAP_TYPE[map as MapTypeName],
    new Set<number>(helpers.map((h) => BPF_FUNC[h])),
  ]),
);
const mapsOfHelper = new Map<number, ReadonlySet<number>>(
  Object.entries(MAPS_OF_HELPER).map(([helper, maps]) => [BPF_FUNC[helper as HelperName], types(...maps)]),
);

const SOCK_MAPS = types('sockmap', 'sockhash');

/**
 * The map's half of check_map_func_compatibility(): may helper `id` be given a map of this type? For
 * sockmaps 'update' means: by bpf_map_update_elem and _delete_elem where may_update_sockmap() says yes.
 */
export function mapTakesHelper(mapType: number, id: number): boolean | 'update' {
  const helpers = helpersOfMap.get(mapType);
  if (helpers === undefined || helpers.has(id)) return true;
  const updates = id === BPF_FUNC.map_update_elem || id === BPF_FUNC.map_delete_elem;
  return SOCK_MAPS.has(mapType) && updates ? 'update' : false;
}

/** The helper's half of check_map_func_compatibility(). */
export function helperTakesMap(id: number, mapType: number): boolean {
  return mapsOfHelper.get(id)?.has(mapType) ?? true;
}
