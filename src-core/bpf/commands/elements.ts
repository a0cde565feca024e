import { BPF_SPIN_LOCK } from '../../platform/btf-record.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { BPF_F_LOCK } from '../../uapi/bpf.ts';
import { EBADF, EFAULT, EINVAL, ENOMEM, ENOTSOCK, ENOTSUPP, EPERM } from '../../uapi/errno.ts';
import { BloomMap } from '../../vm/maps/bloom-map.ts';
import type { Bytes } from '../../vm/maps/map.ts';
import type { ElemAttr, Result } from '../api.ts';
import type { MapObject } from '../objects.ts';
import type { KernelState } from '../state.ts';
import { holdsObjects, readSlot, removeSlot, updateSlot } from './slots.ts';

type Refusal = { readonly ok: false; readonly errno: number };
const refuse = (errno: number): Refusal => ({ ok: false, errno });

/** 0 or a negative errno as a command's answer. */
const done = (result: number | null): Result<Readonly<Record<never, never>>> =>
  result === 0 ? { ok: true } : refuse(result === null ? ENOMEM : -result);

export type Access = 'read' | 'write' | 'both';

/** The map of a descriptor that may be used so (__bpf_map_get(), map_get_sys_perms()). */
export function mapFor(state: KernelState, fd: number, access: Access): MapObject | Refusal {
  const handle = state.fds.get(fd);
  if (handle?.object.kind !== 'map') return refuse(state.wrongFd(fd));
  const canWrite = handle.write && !handle.object.frozen;
  if ((access !== 'write' && !handle.read) || (access !== 'read' && !canWrite)) return refuse(EPERM);
  return handle.object;
}

/** __bpf_copy_key(): a map without keys takes no pointer to one. */
function keyOf(map: MapObject, key: Uint8Array | null): Uint8Array | Refusal {
  const { keySize } = map.attr;
  if (keySize === 0) return key === null ? new Uint8Array(0) : refuse(EINVAL);
  if (key === null) return refuse(EFAULT);
  // Sizes are the map's in the system call; ours must be of that size.
  return key.length === keySize ? key : refuse(EINVAL);
}

export const isRefusal = (x: object): x is Refusal => 'ok' in x;

/** Does the value have a lock that BPF_F_LOCK could take? */
const hasLock = ({ record }: MapObject): boolean =>
  record?.fields.some(({ type }) => type === BPF_SPIN_LOCK) ?? false;
const badFlags = (map: MapObject, flags: number): boolean =>
  (flags & ~BPF_F_LOCK) !== 0 || flags > 0xffffffff || ((flags & BPF_F_LOCK) !== 0 && !hasLock(map));

/** check_and_init_map_value(): managed fields of a value are not for users; per-CPU values stand side by side. */
function withoutManaged({ record, attr }: MapObject, value: Uint8Array): Uint8Array {
  const stride = Math.ceil(attr.valueSize / 8) * 8;
  for (const { offset, size } of record?.fields ?? [])
    for (let at = offset; at < value.length; at += stride) value.fill(0, at, at + size);
  return value;
}

/** bpf_map_copy_value() */
export function copyValue(state: KernelState, map: MapObject, key: Uint8Array): Bytes {
  const value =
    state.withKey(key, (at) => (holdsObjects(map) ? readSlot(map, key, at) : map.vm.read(at))) ?? -ENOMEM;
  return typeof value === 'number' ? value : withoutManaged(map, value);
}

const fdIn = (value: Uint8Array): number => new DataView(value.buffer, value.byteOffset).getInt32(0, true);

/** Maps whose values are descriptors of sockets, which no process here has. */
const OF_SOCKETS: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.sockmap,
  BPF_MAP_TYPE.sockhash,
  BPF_MAP_TYPE.reuseport_sockarray,
  BPF_MAP_TYPE.xskmap,
]);

/** sockfd_lookup(): a descriptor of something else is no socket. */
function writeSocket(state: KernelState, map: MapObject, value: Uint8Array, result: number): number {
  const wanted = result === -EBADF && OF_SOCKETS.has(map.attr.type);
  return wanted && state.wrongFd(fdIn(value)) !== EBADF ? -ENOTSOCK : result;
}

/** bpf_map_update_value() */
export function updateValue(
  state: KernelState,
  map: MapObject,
  element: { readonly key: Uint8Array; readonly value: Uint8Array; readonly flags: number },
): number {
  const { key, value, flags } = element;
  if (value.length !== map.vm.userValueSize) return -EINVAL;
  const result = state.withKey(key, (at) => {
    if (!holdsObjects(map)) return writeSocket(state, map, value, map.vm.write(at, value, flags));
    const fd = fdIn(value);
    return updateSlot(state, map, { key, at, fd, flags });
  });
  return result ?? -ENOMEM;
}

export function deleteElement(state: KernelState, map: MapObject, key: Uint8Array): number {
  return (
    state.withKey(key, (at) => (holdsObjects(map) ? removeSlot(map, key, at) : map.vm.remove(at))) ?? -ENOMEM
  );
}

/** BPF_MAP_LOOKUP_ELEM. A Bloom filter looks for the value that is passed. */
export function lookupElem(
  state: KernelState,
  attr: ElemAttr & { readonly value?: Uint8Array },
): Result<{ readonly value: Uint8Array }> {
  const map = mapFor(state, attr.mapFd, 'read');
  if (isRefusal(map)) return map;
  if (badFlags(map, attr.flags ?? 0)) return refuse(EINVAL);
  const key = keyOf(map, attr.key);
  if (isRefusal(key)) return key;
  if (map.vm instanceof BloomMap) return lookForValue(state, map.vm, attr.value);
  const value = copyValue(state, map, key);
  return typeof value === 'number' ? refuse(-value) : { ok: true, value };
}

function lookForValue(
  state: KernelState,
  map: BloomMap,
  value: Uint8Array | undefined,
): Result<{ readonly value: Uint8Array }> {
  const sought = value ?? new Uint8Array(map.userValueSize);
  const found = state.withKey(sought, (at) => map.peek(at)) ?? -ENOMEM;
  return found === 0 ? { ok: true, value: sought } : refuse(-found);
}

/** BPF_MAP_UPDATE_ELEM. */
export function updateElem(
  state: KernelState,
  attr: ElemAttr & { readonly value: Uint8Array },
): Result<Readonly<Record<never, never>>> {
  const map = mapFor(state, attr.mapFd, 'write');
  if (isRefusal(map)) return map;
  const flags = attr.flags ?? 0;
  if ((flags & BPF_F_LOCK) !== 0 && !hasLock(map)) return refuse(EINVAL);
  const key = keyOf(map, attr.key);
  // One program runs at a time: nobody holds the lock.
  const element = {
    key: key as Uint8Array,
    value: attr.value,
    flags: (flags & BPF_F_LOCK) === 0 ? flags : flags - BPF_F_LOCK,
  };
  return isRefusal(key) ? key : done(updateValue(state, map, element));
}

/** BPF_MAP_DELETE_ELEM. */
export function deleteElem(state: KernelState, attr: ElemAttr): Result<Readonly<Record<never, never>>> {
  const map = mapFor(state, attr.mapFd, 'write');
  if (isRefusal(map)) return map;
  const key = keyOf(map, attr.key);
  return isRefusal(key) ? key : done(deleteElement(state, map, key));
}

/** BPF_MAP_GET_NEXT_KEY. */
export function getNextKey(state: KernelState, attr: ElemAttr): Result<{ readonly nextKey: Uint8Array }> {
  const map = mapFor(state, attr.mapFd, 'read');
  if (isRefusal(map)) return map;
  const key = attr.key === null ? null : keyOf(map, attr.key);
  if (key !== null && isRefusal(key)) return key;
  const nextKey = map.vm.nextKey(key);
  return typeof nextKey === 'number' ? refuse(-nextKey) : { ok: true, nextKey };
}

const QUEUES: ReadonlySet<number> = new Set([BPF_MAP_TYPE.queue, BPF_MAP_TYPE.stack]);
/** Types that BPF_MAP_LOOKUP_AND_DELETE_ELEM knows. */
const TAKEN: ReadonlySet<number> = new Set([
  ...QUEUES,
  BPF_MAP_TYPE.hash,
  BPF_MAP_TYPE.percpu_hash,
  BPF_MAP_TYPE.lru_hash,
  BPF_MAP_TYPE.lru_percpu_hash,
  BPF_MAP_TYPE.stack_trace,
]);

/** BPF_MAP_LOOKUP_AND_DELETE_ELEM. */
export function lookupAndDelete(state: KernelState, attr: ElemAttr): Result<{ readonly value: Uint8Array }> {
  const flags = attr.flags ?? 0;
  if ((flags & ~BPF_F_LOCK) !== 0) return refuse(EINVAL);
  const map = mapFor(state, attr.mapFd, 'both');
  if (isRefusal(map)) return map;
  if (flags !== 0) return refuse(EINVAL);
  const key = keyOf(map, attr.key);
  if (isRefusal(key)) return key;
  if (!TAKEN.has(map.attr.type)) return refuse(ENOTSUPP);
  const value = state.withKey(key, (at) => map.vm.take(at)) ?? -ENOMEM;
  return typeof value === 'number' ? refuse(-value) : { ok: true, value };
}

/** BPF_MAP_FREEZE. */
export function freeze(state: KernelState, fd: number): Result<Readonly<Record<never, never>>> {
  const handle = state.fds.get(fd);
  if (handle?.object.kind !== 'map') return refuse(state.wrongFd(fd));
  const { object } = handle;
  if (object.attr.type === BPF_MAP_TYPE.struct_ops || object.record !== null) return refuse(ENOTSUPP);
  if (!handle.write || object.frozen) return refuse(EPERM);
  object.frozen = true;
  return { ok: true };
}
