import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { MAP_FLAG as F } from '../../uapi/bpf.ts';
import { E2BIG, EINVAL, ENOTSUPP, ERANGE } from '../../uapi/errno.ts';
import type { MapAttr } from './map.ts';

/** Attributes of BPF_MAP_CREATE that only the creation checks look at. */
export interface CreateAttr extends MapAttr {
  /** Low and high half of map_extra. */
  readonly mapExtra: number;
  readonly mapExtraHi: number;
  readonly btfKeyTypeId: number;
  readonly btfValueTypeId: number;
  readonly btfVmlinuxValueTypeId: number;
}

/** A type's map_alloc_check(): 0 or a negative errno (Linux 6.18, x86-64). */
export type CreateCheck = (attr: CreateAttr, cpus: number) => number;

const KMALLOC_MAX_SIZE = 1 << 22;
const PCPU_MIN_UNIT_SIZE = 32 << 10;
const MAX_BPF_STACK = 512;
const PAGE_SIZE = 4096;
/** CONFIG_NR_CPUS of the reference kernel. */
const NR_CPUS = 256;
/** BPF_LOCAL_STORAGE_MAX_VALUE_SIZE of the reference kernel. */
const MAX_STORAGE_VALUE = 65407;
/** sysctl kernel.perf_event_max_stack */
const MAX_STACK = 127;
const HTAB_ELEM_SIZE = 48;
const STACK_BUILD_ID_SIZE = 32;
const LPM_MAX_DATA = 256;
const LPM_MAX_VALUE = KMALLOC_MAX_SIZE - LPM_MAX_DATA - 24;
const MAX_BUCKETS = 2 ** 31;
const INT_MAX = 0x7fffffff;

const ACCESS = F.RDONLY | F.WRONLY | F.RDONLY_PROG | F.WRONLY_PROG;
const USER_ACCESS = F.NUMA_NODE | F.RDONLY | F.WRONLY;
const roundUp8 = (n: number): number => Math.ceil(n / 8) * 8;

/** True when a flag outside `allowed` is set, or both program access flags. */
function badFlags({ flags }: MapAttr, allowed: number): boolean {
  const both = F.RDONLY_PROG | F.WRONLY_PROG;
  return (flags & ~allowed) !== 0 || (flags & both) === both;
}

function array(attr: MapAttr, allowed: number): number {
  if (attr.maxEntries === 0 || attr.keySize !== 4 || attr.valueSize === 0) return -EINVAL;
  if (badFlags(attr, F.NUMA_NODE | ACCESS | allowed)) return -EINVAL;
  return attr.valueSize > INT_MAX ? -E2BIG : 0;
}

const perCpuArray: CreateCheck = (attr) => {
  const refused = array(attr, 0);
  if (refused !== 0) return refused;
  if ((attr.flags & F.NUMA_NODE) !== 0) return -EINVAL;
  return roundUp8(attr.valueSize) > PCPU_MIN_UNIT_SIZE ? -E2BIG : 0;
};

/** fd_array_map_alloc_check() */
const fdArray =
  (allowed = 0): CreateCheck =>
  (attr) => {
    if (attr.valueSize !== 4 || (attr.flags & (F.RDONLY_PROG | F.WRONLY_PROG)) !== 0) return -EINVAL;
    return array(attr, allowed);
  };

const HASH_FLAGS = F.NO_PREALLOC | F.NO_COMMON_LRU | F.NUMA_NODE | F.ZERO_SEED | ACCESS;

/** htab_map_alloc_check() */
const hash =
  (kind: { readonly perCpu?: boolean; readonly lru?: boolean } = {}): CreateCheck =>
  (attr) => {
    const { flags } = attr;
    const lru = kind.lru ?? false;
    const perCpu = kind.perCpu ?? false;
    const ownLists = (flags & F.NO_COMMON_LRU) !== 0;
    if (badFlags(attr, HASH_FLAGS) || (!lru && ownLists)) return -EINVAL;
    if (lru && (flags & F.NO_PREALLOC) !== 0) return -ENOTSUPP;
    if ((flags & F.NUMA_NODE) !== 0 && (perCpu || ownLists)) return -EINVAL;
    if (attr.maxEntries === 0 || attr.keySize === 0 || attr.valueSize === 0) return -EINVAL;
    if (attr.keySize + attr.valueSize >= KMALLOC_MAX_SIZE - HTAB_ELEM_SIZE) return -E2BIG;
    if (perCpu && roundUp8(attr.valueSize) > PCPU_MIN_UNIT_SIZE) return -E2BIG;
    return attr.maxEntries > MAX_BUCKETS ? -E2BIG : 0;
  };

const lpmTrie: CreateCheck = (attr) => {
  const allowed = F.NO_PREALLOC | F.NUMA_NODE | ACCESS;
  if (attr.maxEntries === 0 || (attr.flags & F.NO_PREALLOC) === 0 || badFlags(attr, allowed)) return -EINVAL;
  if (attr.keySize < 5 || attr.keySize > 4 + LPM_MAX_DATA) return -EINVAL;
  return attr.valueSize < 1 || attr.valueSize > LPM_MAX_VALUE ? -EINVAL : 0;
};

const queue: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.keySize !== 0 || attr.valueSize === 0) return -EINVAL;
  if (badFlags(attr, F.NUMA_NODE | ACCESS)) return -EINVAL;
  return attr.valueSize > KMALLOC_MAX_SIZE ? -E2BIG : 0;
};

const bloomFilter: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.keySize !== 0 || attr.valueSize === 0) return -EINVAL;
  if (attr.valueSize > KMALLOC_MAX_SIZE) return -E2BIG;
  const extra = attr.mapExtraHi !== 0 || attr.mapExtra >>> 0 > 0xf;
  return badFlags(attr, F.NUMA_NODE | F.ZERO_SEED | ACCESS) || extra ? -EINVAL : 0;
};

const stackTrace: CreateCheck = (attr) => {
  if ((attr.flags & ~(USER_ACCESS | F.STACK_BUILD_ID)) !== 0) return -EINVAL;
  if (attr.maxEntries === 0 || attr.keySize !== 4 || attr.valueSize < 8 || attr.valueSize % 8 !== 0)
    return -EINVAL;
  const unit = (attr.flags & F.STACK_BUILD_ID) === 0 ? 8 : STACK_BUILD_ID_SIZE;
  if (attr.valueSize % unit !== 0 || attr.valueSize / unit > MAX_STACK) return -EINVAL;
  return attr.maxEntries > MAX_BUCKETS ? -E2BIG : 0;
};

const ringBuffer: CreateCheck = (attr) => {
  const { maxEntries } = attr;
  if ((attr.flags & ~F.NUMA_NODE) !== 0 || attr.keySize !== 0 || attr.valueSize !== 0) return -EINVAL;
  const powerOfTwo = maxEntries > 0 && Number.isInteger(Math.log2(maxEntries));
  return powerOfTwo && maxEntries % PAGE_SIZE === 0 ? 0 : -EINVAL;
};

/** dev_map_alloc_check(): a value is a device's index, or that and a program's fd. */
const deviceMap: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.keySize !== 4 || ![4, 8].includes(attr.valueSize)) return -EINVAL;
  if ((attr.flags & ~USER_ACCESS) !== 0) return -EINVAL;
  return attr.type === BPF_MAP_TYPE.devmap_hash && attr.maxEntries > MAX_BUCKETS ? -EINVAL : 0;
};

const cpuMap: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.keySize !== 4 || ![4, 8].includes(attr.valueSize)) return -EINVAL;
  if ((attr.flags & ~F.NUMA_NODE) !== 0) return -EINVAL;
  return attr.maxEntries > NR_CPUS ? -E2BIG : 0;
};

const xskMap: CreateCheck = (attr) =>
  attr.maxEntries === 0 || attr.keySize !== 4 || attr.valueSize !== 4 || (attr.flags & ~USER_ACCESS) !== 0
    ? -EINVAL
    : 0;

const sockMap: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.maxEntries > INT_MAX || attr.keySize !== 4) return -EINVAL;
  return [4, 8].includes(attr.valueSize) && (attr.flags & ~USER_ACCESS) === 0 ? 0 : -EINVAL;
};

const sockHash: CreateCheck = (attr) => {
  if (attr.maxEntries === 0 || attr.keySize === 0 || ![4, 8].includes(attr.valueSize)) return -EINVAL;
  if ((attr.flags & ~USER_ACCESS) !== 0) return -EINVAL;
  return attr.keySize > MAX_BPF_STACK ? -E2BIG : 0;
};

const reuseport: CreateCheck = (attr) => ([4, 8].includes(attr.valueSize) ? array(attr, 0) : -EINVAL);

/** cgroup_storage_map_alloc(): the key is a struct bpf_cgroup_storage_key or a cgroup's id. */
const cgroupStorage: CreateCheck = (attr) => {
  const perCpu = attr.type === BPF_MAP_TYPE.percpu_cgroup_storage;
  if (![8, 16].includes(attr.keySize) || attr.valueSize === 0) return -EINVAL;
  if (attr.valueSize > (perCpu ? PCPU_MIN_UNIT_SIZE : MAX_STORAGE_VALUE)) return -E2BIG;
  return badFlags(attr, F.NUMA_NODE | ACCESS) || attr.maxEntries !== 0 ? -EINVAL : 0;
};

/** bpf_local_storage_map_alloc_check() */
const localStorage: CreateCheck = (attr) => {
  if ((attr.flags & ~(F.NO_PREALLOC | F.CLONE)) !== 0 || (attr.flags & F.NO_PREALLOC) === 0) return -EINVAL;
  if (attr.maxEntries !== 0 || attr.keySize !== 4 || attr.valueSize === 0) return -EINVAL;
  if (attr.btfKeyTypeId === 0 || attr.btfValueTypeId === 0) return -EINVAL;
  return attr.valueSize > MAX_STORAGE_VALUE ? -E2BIG : 0;
};

const structOps: CreateCheck = (attr) => {
  if (attr.keySize !== 4 || attr.maxEntries !== 1) return -EINVAL;
  if ((attr.flags & ~(F.LINK | F.VTYPE_BTF_OBJ_FD)) !== 0) return -EINVAL;
  return attr.btfVmlinuxValueTypeId === 0 ? -EINVAL : 0;
};

const arena: CreateCheck = (attr) => {
  const allowed = F.SEGV_ON_FAULT | F.MMAPABLE | F.NO_USER_CONV;
  if (attr.keySize !== 0 || attr.valueSize !== 0 || attr.maxEntries === 0) return -EINVAL;
  if ((attr.flags & F.MMAPABLE) === 0 || (attr.flags & ~allowed) !== 0) return -EINVAL;
  if (attr.mapExtra % PAGE_SIZE !== 0) return -EINVAL;
  const bytes = attr.maxEntries * PAGE_SIZE;
  if (bytes > 2 ** 32) return -E2BIG;
  // The pages must lie within one range of 4 GiB of the user's addresses.
  return (attr.mapExtra >>> 0) + bytes > 2 ** 32 ? -ERANGE : 0;
};

/** By `enum bpf_map_type`. */
export const CREATE_CHECKS: readonly (CreateCheck | null)[] = [
  null,
  hash(),
  (attr) => array(attr, F.MMAPABLE | F.INNER_MAP),
  fdArray(),
  fdArray(F.PRESERVE_ELEMS),
  hash({ perCpu: true }),
  perCpuArray,
  stackTrace,
  fdArray(),
  hash({ lru: true }),
  hash({ lru: true, perCpu: true }),
  lpmTrie,
  fdArray(),
  (attr, cpus) => (attr.valueSize === 4 ? hash()(attr, cpus) : -EINVAL),
  deviceMap,
  sockMap,
  cpuMap,
  xskMap,
  sockHash,
  cgroupStorage,
  reuseport,
  cgroupStorage,
  queue,
  queue,
  localStorage,
  deviceMap,
  structOps,
  ringBuffer,
  localStorage,
  localStorage,
  bloomFilter,
  ringBuffer,
  localStorage,
  arena,
];
