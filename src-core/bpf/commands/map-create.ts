import { vmlinuxOf } from '../../btf/vmlinux.ts';
import { mapRecord } from '../../platform/btf-record.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { fromHex } from '../../sim/hex.ts';
import { MAP_FLAG } from '../../uapi/bpf.ts';
import { EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import { CREATE_CHECKS, type CreateAttr } from '../../vm/maps/checks.ts';
import { createVmMap } from '../../vm/maps/create.ts';
import type { MapCreateAttr, Result } from '../api.ts';
import { type BtfObject, type MapHooks, MapObject, type MapTemplate } from '../objects.ts';
import type { KernelState } from '../state.ts';
import { btfRefuses } from './map-btf.ts';
import { validName } from './names.ts';

type Refusal = { readonly ok: false; readonly errno: number };
const refuse = (errno: number): Refusal => ({ ok: false, errno });

/** Types that take map_extra. */
const EXTRA: ReadonlySet<number> = new Set([BPF_MAP_TYPE.bloom_filter, BPF_MAP_TYPE.arena]);
const MAP_IN_MAP: ReadonlySet<number> = new Set([BPF_MAP_TYPE.array_of_maps, BPF_MAP_TYPE.hash_of_maps]);
/** Types that cannot be inside a map (no map_meta_equal). */
const NEVER_INNER: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.prog_array,
  BPF_MAP_TYPE.cgroup_storage,
  BPF_MAP_TYPE.percpu_cgroup_storage,
  BPF_MAP_TYPE.struct_ops,
]);

function filled(attr: MapCreateAttr): CreateAttr {
  return {
    name: attr.name ?? '',
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags ?? 0,
    mapExtra: attr.mapExtra ?? 0,
    mapExtraHi: attr.mapExtraHi ?? 0,
    btfKeyTypeId: attr.btfKeyTypeId ?? 0,
    btfValueTypeId: attr.btfValueTypeId ?? 0,
    btfVmlinuxValueTypeId: attr.btfVmlinuxValueTypeId ?? 0,
  };
}

/** What map_create() looks at before the type's own check. */
function commonRefusal(attr: CreateAttr, numaNode: number): number {
  if (attr.btfVmlinuxValueTypeId !== 0) {
    if (attr.type !== BPF_MAP_TYPE.struct_ops || attr.btfKeyTypeId !== 0 || attr.btfValueTypeId !== 0)
      return EINVAL;
  } else if (attr.btfKeyTypeId !== 0 && attr.btfValueTypeId === 0) {
    return EINVAL;
  }
  if (!EXTRA.has(attr.type) && (attr.mapExtra !== 0 || attr.mapExtraHi !== 0)) return EINVAL;
  const both = MAP_FLAG.RDONLY | MAP_FLAG.WRONLY;
  if ((attr.flags & both) === both) return EINVAL;
  // The simulated machine has one NUMA node.
  return (attr.flags & MAP_FLAG.NUMA_NODE) !== 0 && numaNode !== 0 && numaNode !== -1 ? EINVAL : 0;
}

/** bpf_map_meta_alloc(): the template of the inner maps, null for a map without, or a refusal. */
function templateOf(state: KernelState, attr: MapCreateAttr): MapTemplate | null | Refusal {
  if (!MAP_IN_MAP.has(attr.type)) return null;
  const inner = state.mapAt(attr.innerMapFd ?? 0);
  if (inner === null) return refuse(state.wrongFd(attr.innerMapFd ?? 0));
  if (inner.inner !== null) return refuse(EINVAL);
  if (NEVER_INNER.has(inner.attr.type)) return refuse(ENOTSUPP);
  return { id: inner.id, attr: inner.attr, btf: inner.btf };
}

/** The BTF that describes key and value, null without, or a refusal. */
function btfOf(state: KernelState, attr: CreateAttr, fd: number): BtfObject | null | Refusal {
  if (attr.btfKeyTypeId === 0 && attr.btfValueTypeId === 0 && attr.btfVmlinuxValueTypeId === 0) return null;
  const object = state.btfAt(fd);
  if (object === null) return refuse(state.wrongFd(fd));
  if (attr.btfValueTypeId === 0) return object;
  const errno = btfRefuses(attr, object.btf, () => vmlinuxOf(state.options.vmlinux));
  return errno === 0 ? object : refuse(errno);
}

/** Flags that belong to a descriptor, not to the map. */
const OF_DESCRIPTOR = MAP_FLAG.RDONLY | MAP_FLAG.WRONLY;

const hooksOf = (state: KernelState): MapHooks => ({
  onUnused: (map) => {
    for (const key of map.slots.keys()) state.withKey(fromHex(key), (at) => map.vm.remove(at));
  },
  onRelease: (map) => {
    state.maps.remove(map.id);
    state.rt.maps.delete(map.vm.address);
    map.vm.dispose();
  },
  bytesAt: (at, size) => state.rt.memory.slice(at, size),
});

/** BPF_MAP_CREATE (map_create(), Linux 6.18). */
export function mapCreate(state: KernelState, given: MapCreateAttr): Result<{ readonly fd: number }> {
  const attr = filled(given);
  const common = commonRefusal(attr, given.numaNode ?? 0);
  if (common !== 0) return refuse(common);
  const check = CREATE_CHECKS[attr.type] ?? null;
  if (check === null) return refuse(EINVAL);
  const { cpus } = state.rt.options;
  const errno = check(attr, cpus);
  if (errno !== 0) return refuse(-errno);
  const inner = templateOf(state, given);
  if (inner !== null && 'ok' in inner) return inner;
  const made = createVmMap(state.rt.memory, attr, cpus);
  if (!made.ok) return made;
  const btf = validName(attr.name) ? btfOf(state, attr, given.btfFd ?? 0) : refuse(EINVAL);
  if (btf !== null && 'ok' in btf) {
    made.map.dispose();
    return btf;
  }
  const kept = { ...attr, flags: keptFlags(attr), maxEntries: made.map.attr.maxEntries };
  const recorded = { ...kept, btf: btf?.btf ?? null };
  const record = mapRecord(recorded, () => vmlinuxOf(state.options.vmlinux));
  const map = new MapObject(state.maps.allocate(), kept, made.map, { btf, inner, record }, hooksOf(state));
  state.maps.set(map.id, map);
  state.rt.maps.set(made.map.address, made.map);
  const access = {
    read: (attr.flags & MAP_FLAG.WRONLY) === 0,
    write: (attr.flags & MAP_FLAG.RDONLY) === 0,
  };
  return { ok: true, fd: state.open(map, access) };
}

function keptFlags({ type, flags }: CreateAttr): number {
  const kept = flags & ~OF_DESCRIPTOR;
  // A program reads device indices straight from the map.
  const devices = type === BPF_MAP_TYPE.devmap || type === BPF_MAP_TYPE.devmap_hash;
  return devices ? kept | MAP_FLAG.RDONLY_PROG : kept;
}
