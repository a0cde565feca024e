import { VmFault } from '../fault.ts';
import { StorageMap } from '../maps/storage-map.ts';
import type { Runtime } from '../runtime.ts';
import { type Helper, intHelper, mapArg } from './helper.ts';

function storageArg(rt: Runtime): StorageMap {
  const map = mapArg(rt, 1);
  if (map instanceof StorageMap) return map;
  throw new VmFault('helper', `map type ${map.attr.type} is no local storage`);
}

/** bpf_*_storage_get(map, owner, value, flags) and bpf_*_storage_delete(map, owner). */
const pair = (owner: string, get: number, remove: number): Helper[] => [
  intHelper(get, `bpf_${owner}_storage_get`, 4, (rt) =>
    storageArg(rt).valueFor(rt.arg(2), rt.arg(3), rt.argU64(4)),
  ),
  intHelper(remove, `bpf_${owner}_storage_delete`, 2, (rt) => storageArg(rt).removeOf(rt.arg(2))),
];

export const storageSize = (rt: Runtime, map: number): number => rt.maps.get(map)?.attr.valueSize ?? 0;

/** bpf_get_local_storage(map, flags): a test run has storage of its own, which no cgroup keeps. */
function cgroupStorage(rt: Runtime): number {
  const map = rt.arg(1);
  const { storage } = rt.current;
  const known = storage.get(map);
  if (known !== undefined) return known;
  const made = rt.memory.alloc(storageSize(rt, map));
  if (made === null) throw new VmFault('memory', 'no memory for a cgroup storage');
  storage.set(map, made);
  return made;
}

/** Storage that belongs to a socket, an inode, a task or a cgroup (kernel/bpf/bpf_local_storage.c, Linux 6.18). */
export const STORAGE_HELPERS: readonly Helper[] = [
  intHelper(81, 'bpf_get_local_storage', 2, cgroupStorage),
  ...pair('sk', 107, 108),
  ...pair('inode', 145, 146),
  ...pair('task', 156, 157),
  ...pair('cgrp', 210, 211),
];
