import { BPF_MAP_TYPE as T } from '../../platform/map-types.ts';
import { MAP_FLAG } from '../../uapi/bpf.ts';
import { EBADF, EINVAL, ENOENT, ENOMEM, ENOTSUPP, EOPNOTSUPP } from '../../uapi/errno.ts';
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
  (answers: EmptyAnswers): Maker =>
  (memory, attr) =>
    OpaqueMap.create(memory, attr, answers);

const byIndex = (key: Uint8Array | null, attr: MapAttr): Bytes => nextIndex(key, attr.maxEntries, -ENOENT);
const never = (errno: number) => (): Bytes => -errno;

/** Storage of sockets, inodes, tasks and cgroups: a key is a descriptor of the owner. */
const LOCAL_STORAGE: EmptyAnswers = {
  read: -EBADF,
  write: -EBADF,
  remove: -EBADF,
  nextKey: never(ENOTSUPP),
};
const CGROUP_STORAGE: EmptyAnswers = {
  read: -ENOENT,
  write: -ENOENT,
  remove: -EINVAL,
  nextKey: never(ENOENT),
};
const SOCKETS: EmptyAnswers = { read: -ENOENT, write: -EBADF, remove: -EINVAL, nextKey: byIndex };

/** By `enum bpf_map_type`. */
const MAKERS: readonly (Maker | null)[] = [
  null,
  hash(false, false),
  (memory, attr) => ArrayMap.create(memory, attr, 1),
  references([]),
  (memory, attr) => PerfEventMap.create(memory, attr),
  hash(false, true),
  (memory, attr, cpus) => ArrayMap.create(memory, attr, cpus),
  opaque({ read: -ENOENT, write: -EINVAL, remove: -ENOENT, nextKey: never(ENOENT) }),
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
  opaque({ ...SOCKETS, remove: -ENOENT, nextKey: never(ENOENT) }),
  opaque(CGROUP_STORAGE),
  opaque({ read: -ENOENT, write: -EBADF, remove: -ENOENT, nextKey: byIndex }),
  opaque(CGROUP_STORAGE),
  (memory, attr) => QueueMap.create(memory, attr, false),
  (memory, attr) => QueueMap.create(memory, attr, true),
  opaque(LOCAL_STORAGE),
  redirect('device'),
  opaque({
    read: -EINVAL,
    write: -EINVAL,
    remove: -EINVAL,
    nextKey: (key) => (key?.every((byte) => byte === 0) ? -ENOENT : u32Key(0)),
  }),
  (memory, attr) => RingBufferMap.create(memory, attr),
  opaque(LOCAL_STORAGE),
  opaque(LOCAL_STORAGE),
  (memory, attr) => BloomMap.create(memory, attr),
  opaque({ read: -ENOTSUPP, write: -ENOTSUPP, remove: -ENOTSUPP, nextKey: never(ENOTSUPP) }),
  opaque(LOCAL_STORAGE),
  opaque({ read: -EINVAL, write: -EOPNOTSUPP, remove: -EOPNOTSUPP, nextKey: never(EOPNOTSUPP) }),
];

/** Makes a map in linear memory; `cpus` is the number of simulated CPUs of per-CPU maps. */
export function createVmMap(memory: VmMemory, attr: MapAttr, cpus: number): MapCreated {
  const maker = MAKERS[attr.type] ?? null;
  if (maker === null) return { ok: false, errno: EINVAL };
  const map = maker(memory, attr, cpus);
  return map === null ? { ok: false, errno: ENOMEM } : { ok: true, map };
}
