import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { EINVAL, ENOENT, ENOTSUPP } from '../../uapi/errno.ts';
import type { BatchCommand } from '../../vm/maps/map.ts';
import { u32Key, u32Of } from '../../vm/maps/map.ts';
import type { BatchAttr, BatchOut, Result } from '../api.ts';
import type { MapObject } from '../objects.ts';
import type { KernelState } from '../state.ts';
import { copyValue, deleteElement, isRefusal, mapFor, updateValue } from './elements.ts';

type Counted = { readonly count: number };
const refuse = (errno: number): { readonly ok: false; readonly errno: number } => ({ ok: false, errno });

const ACCESS = { lookup: 'read', lookupAndDelete: 'both', update: 'write', delete: 'write' } as const;
const HASHES: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.hash,
  BPF_MAP_TYPE.percpu_hash,
  BPF_MAP_TYPE.lru_hash,
  BPF_MAP_TYPE.lru_percpu_hash,
  BPF_MAP_TYPE.hash_of_maps,
]);

/** The map, when it has the command and the flags are known ones. */
function mapOf(state: KernelState, attr: BatchAttr, command: BatchCommand) {
  const map = mapFor(state, attr.mapFd, ACCESS[command]);
  if (isRefusal(map)) return map;
  if (!map.vm.batches.includes(command)) return refuse(ENOTSUPP);
  if (command !== 'update' && (attr.elemFlags ?? 0) !== 0) return refuse(EINVAL);
  return (attr.flags ?? 0) === 0 || !HASHES.has(map.attr.type) || command === 'update' || command === 'delete'
    ? map
    : refuse(EINVAL);
}

const slice = (bytes: Uint8Array | undefined, i: number, size: number): Uint8Array =>
  (bytes ?? new Uint8Array(0)).slice(i * size, (i + 1) * size);

/** Does something for each element until one refuses. */
function each(count: number, act: (i: number) => number): Result<Counted> {
  for (let i = 0; i < count; i++) {
    const result = act(i);
    if (result !== 0) return { ok: false, errno: -result, partial: { count: i } };
  }
  return { ok: true, count };
}

/** BPF_MAP_UPDATE_BATCH (generic_map_update_batch()). */
export function updateBatch(state: KernelState, attr: BatchAttr): Result<Counted> {
  const map = mapOf(state, attr, 'update');
  if (isRefusal(map)) return map;
  const flags = attr.elemFlags ?? 0;
  // Only BPF_F_LOCK is taken, and no value here has a lock.
  if (flags !== 0) return refuse(EINVAL);
  return each(attr.count, (i) => {
    const key = slice(attr.keys, i, map.attr.keySize);
    return updateValue(state, map, { key, value: slice(attr.values, i, map.vm.userValueSize), flags });
  });
}

/** BPF_MAP_DELETE_BATCH (generic_map_delete_batch()). */
export function deleteBatch(state: KernelState, attr: BatchAttr): Result<Counted> {
  const map = mapOf(state, attr, 'delete');
  if (isRefusal(map)) return map;
  return each(attr.count, (i) => deleteElement(state, map, slice(attr.keys, i, map.attr.keySize)));
}

interface Harvest {
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}

const outOf = ({ keys, values }: Harvest, outBatch: Uint8Array): BatchOut => ({
  count: keys.length,
  outBatch,
  keys: joined(keys),
  values: joined(values),
});
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => {
    out.set(p, at);
    return at + p.length;
  }, 0);
  return out;
}

/** generic_map_lookup_batch(): goes by get_next_key; the batch token is the last key. */
function lookupByKey(state: KernelState, map: MapObject, attr: BatchAttr): Result<BatchOut> {
  const found: Harvest = { keys: [], values: [] };
  let last = attr.inBatch ?? null;
  while (found.keys.length < attr.count) {
    const key = map.vm.nextKey(last);
    if (typeof key === 'number') {
      return { ok: false, errno: -key, partial: outOf(found, last ?? new Uint8Array(0)) };
    }
    last = key;
    const value = copyValue(state, map, key);
    if (typeof value !== 'number') {
      found.keys.push(key);
      found.values.push(value);
    } else if (value !== -ENOENT) {
      return refuse(-value);
    }
  }
  return { ok: true, ...outOf(found, last ?? new Uint8Array(0)) };
}

/**
 * __htab_map_lookup_and_delete_batch(): whole buckets, the token is the next bucket. Our order is that of
 * insertion, so each element is a bucket of its own.
 */
function lookupByBucket(
  state: KernelState,
  map: MapObject,
  attr: BatchAttr,
  remove: boolean,
): Result<BatchOut> {
  const start = attr.inBatch === undefined || attr.inBatch === null ? 0 : u32Of(attr.inBatch);
  const keys = map.vm.keys();
  const taken = keys.slice(start, start + attr.count);
  const found: Harvest = { keys: [], values: [] };
  for (const key of taken) {
    const value = copyValue(state, map, key);
    if (typeof value === 'number') continue;
    found.keys.push(key);
    found.values.push(value);
    if (remove) deleteElement(state, map, key);
  }
  const end = start + taken.length >= keys.length;
  const out = outOf(found, u32Key(remove ? start : start + taken.length));
  return end ? { ok: false, errno: ENOENT, partial: out } : { ok: true, ...out };
}

/** BPF_MAP_LOOKUP_BATCH and BPF_MAP_LOOKUP_AND_DELETE_BATCH. */
export function lookupBatch(
  state: KernelState,
  attr: BatchAttr,
  command: 'lookup' | 'lookupAndDelete',
): Result<BatchOut> {
  const map = mapOf(state, attr, command);
  if (isRefusal(map)) return map;
  if (attr.count === 0) return { ok: true, ...outOf({ keys: [], values: [] }, new Uint8Array(0)) };
  return HASHES.has(map.attr.type)
    ? lookupByBucket(state, map, attr, command === 'lookupAndDelete')
    : lookupByKey(state, map, attr);
}
