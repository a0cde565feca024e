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

/** Storage that belongs to a socket, an inode, a task or a cgroup (kernel/bpf/bpf_local_storage.c, Linux 6.18). */
export const STORAGE_HELPERS: readonly Helper[] = [
  ...pair('sk', 107, 108),
  ...pair('inode', 145, 146),
  ...pair('task', 156, 157),
  ...pair('cgrp', 210, 211),
];
