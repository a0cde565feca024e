import { BPF_MAP_TYPE as T } from '../../platform/map-types.ts';
import { BPF_ANY, BPF_EXIST, MAP_FLAG } from '../../uapi/bpf.ts';
import { E2BIG, EBADF, EINVAL, ENOENT, ENOMEM, ENOSPC, ENOTSUPP, EOPNOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { ArrayMap } from './array-map.ts';
import { BloomMap } from './bloom-map.ts';
import { HashMap } from './hash-map.ts';
import { LpmTrieMap } from './lpm-trie-map.ts';
import { type BatchCommand, type Bytes, type MapAttr, nextIndex, u32Key, type VmMap } from './map.ts';
import { type EmptyAnswers, OpaqueMap } from './opaque-map.ts';
import { PerfEventMap } from './perf-event-map.ts';
import { QueueMap } from './queue-map.ts';
import { RedirectMap, type RedirectTarget } from './redirect-map.ts';
import { ReferenceMap } from './reference-map.ts';
import { RingBufferMap } from './ring-buffer-map.ts';
import { StorageMap } from './storage-map.ts';

export type MapCreated =
  | { readonly ok: true; readonly map: VmMap }
  | { readonly ok: false; readonly errno: number };

/** Makes a map whose attributes have been checked; null without memory. */
type Maker = (memory: VmMemory, attr: MapAttr, cpus: number) => VmMap | null;

const hash =
  (lru: boolean, perCpu: boolean): Maker =>
  (memory, attr, cpus) => {
    // Each CPU's list has as many elements as another's.
    const ownLists = (attr.flags & MAP_FLAG.NO_COMMON_LRU) !== 0;
    const maxEntries = ownLists ? Math.ceil(attr.maxEntries / cpus) * cpus : attr.maxEntries;
    return HashMap.create(memory, { ...attr, maxEntries }, { values: perCpu ? cpus : 1, cpus, lru });
  };

/** A hash map below another map: one u32 an element. */
const table = (memory: VmMemory, attr: MapAttr): HashMap | null =>
  HashMap.create(memory, attr, { values: 1, cpus: 1, lru: false });

const references =
  (batches: readonly BatchCommand[]): Maker =>
  (memory, attr) => {
    const below = attr.type === T.hash_of_maps ? table(memory, attr) : ArrayMap.create(memory, attr, 1);
    return below === null ? null : new ReferenceMap(memory, attr, below, batches);
  };

const redirect =
  (target: RedirectTarget): Maker =>
  (memory, attr, cpus) => {
    const below = attr.type === T.devmap_hash ? table(memory, attr) : ArrayMap.create(memory, attr, 1);
    return below === null ? null : new RedirectMap(memory, attr, target, below, cpus);
  };

const opaque =
  (answers: EmptyAnswers, perCpu = false): Maker =>
  (memory, attr, cpus) =>
    OpaqueMap.create(memory, attr, answers, perCpu ? cpus : 1);

const byIndex = (key: Uint8Array | null, attr: MapAttr): Bytes => nextIndex(key, attr.maxEntries, -ENOENT);
const always = (errno: number) => (): number => -errno;

/** Storage of sockets, inodes, tasks and cgroups. */
const storage: Maker = (memory, attr) => StorageMap.create(memory, attr);
/** No program is attached to a cgroup with such storage. */
const CGROUP_STORAGE: EmptyAnswers = {
  read: always(ENOENT),
  write: (_attr, _index, flags) => (flags === BPF_ANY || flags === BPF_EXIST ? -ENOENT : -EINVAL),
  remove: always(EINVAL),
  nextKey: always(ENOENT),
};
/** A socket is given by its descriptor, and told by its cookie, which has eight bytes. */
const SOCKETS: EmptyAnswers = {
  read: (attr) => (attr.valueSize === 8 ? -ENOENT : -ENOSPC),
  write: always(EBADF),
  remove: always(EINVAL),
  nextKey: byIndex,
};
const outside = (attr: MapAttr, index: number): boolean => index >= attr.maxEntries;
const STACKS: EmptyAnswers = {
  read: always(ENOENT),
  write: always(EINVAL),
  remove: (attr, index) => (outside(attr, index) ? -E2BIG : -ENOENT),
  take: -ENOENT,
  nextKey: always(ENOENT),
};
const REUSEPORT: EmptyAnswers = {
  ...SOCKETS,
  write: (attr, index, flags) => {
    if (flags > BPF_EXIST) return -EINVAL;
    return outside(attr, index) ? -E2BIG : -EBADF;
  },
  remove: (attr, index) => (outside(attr, index) ? -E2BIG : -ENOENT),
};
const STRUCT_OPS: EmptyAnswers = {
  read: always(EINVAL),
  write: always(EINVAL),
  remove: always(EINVAL),
  nextKey: (key) => (key?.every((byte) => byte === 0) ? -ENOENT : u32Key(0)),
};
const USER_RING: EmptyAnswers = {
  read: always(ENOTSUPP),
  write: always(ENOTSUPP),
  remove: always(ENOTSUPP),
  nextKey: always(ENOTSUPP),
};
const ARENA: EmptyAnswers = {
  read: always(EINVAL),
  write: always(EOPNOTSUPP),
  remove: always(EOPNOTSUPP),
  nextKey: always(EOPNOTSUPP),
};

/** By `enum bpf_map_type`. */
const MAKERS: readonly (Maker | null)[] = [
  null,
  hash(false, false),
  (memory, attr) => ArrayMap.create(memory, attr, 1),
  references([]),
  (memory, attr) => PerfEventMap.create(memory, attr),
  hash(false, true),
  (memory, attr, cpus) => ArrayMap.create(memory, attr, cpus),
  opaque(STACKS),
  references([]),
  hash(true, false),
  hash(true, true),
  (memory, attr) => LpmTrieMap.create(memory, attr),
  references(['lookup', 'update']),
  references(['lookup', 'lookupAndDelete', 'update', 'delete']),
  redirect('device'),
  opaque(SOCKETS),
  redirect('cpu'),
  redirect('socket'),
  opaque({ ...SOCKETS, remove: always(ENOENT), nextKey: always(ENOENT) }),
  opaque(CGROUP_STORAGE),
  opaque(REUSEPORT),
  opaque(CGROUP_STORAGE, true),
  (memory, attr) => QueueMap.create(memory, attr, false),
  (memory, attr) => QueueMap.create(memory, attr, true),
  storage,
  redirect('device'),
  opaque(STRUCT_OPS),
  (memory, attr) => RingBufferMap.create(memory, attr),
  storage,
  storage,
  (memory, attr) => BloomMap.create(memory, attr),
  opaque(USER_RING),
  storage,
  opaque(ARENA),
];

/** Makes a map in linear memory; `cpus` is the number of simulated CPUs of per-CPU maps. */
export function createVmMap(memory: VmMemory, attr: MapAttr, cpus: number): MapCreated {
  const maker = MAKERS[attr.type] ?? null;
  if (maker === null) return { ok: false, errno: EINVAL };
  const map = maker(memory, attr, cpus);
  return map === null ? { ok: false, errno: ENOMEM } : { ok: true, map };
}
