import type { Btf } from '../../btf/btf.ts';
import { checkMapRecord, type KernelBtf } from '../../platform/btf-record.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import type { CreateAttr } from '../../vm/maps/checks.ts';

/** Types whose elements no BTF describes (map_check_no_btf()). */
const NO_BTF: ReadonlySet<number> = new Set([
  BPF_MAP_TYPE.perf_event_array,
  BPF_MAP_TYPE.cgroup_array,
  BPF_MAP_TYPE.array_of_maps,
  BPF_MAP_TYPE.hash_of_maps,
  BPF_MAP_TYPE.stack_trace,
  BPF_MAP_TYPE.devmap,
  BPF_MAP_TYPE.devmap_hash,
  BPF_MAP_TYPE.cpumap,
  BPF_MAP_TYPE.xskmap,
  BPF_MAP_TYPE.sockmap,
  BPF_MAP_TYPE.sockhash,
]);
/** Types that take a value type without a key type. */
const KEYLESS: ReadonlySet<number> = new Set(
  [
    'array',
    'percpu_array',
    'lpm_trie',
    'bloom_filter',
    'arena',
    'cgroup_storage',
    'percpu_cgroup_storage',
    'sk_storage',
    'inode_storage',
    'task_storage',
    'cgrp_storage',
  ].map((name) => BPF_MAP_TYPE[name as keyof typeof BPF_MAP_TYPE]),
);
const ARRAYS: ReadonlySet<number> = new Set([BPF_MAP_TYPE.array, BPF_MAP_TYPE.percpu_array]);

/** Size of a type that may describe a key or value (btf_type_id_size()), or null. */
function sizeOf(btf: Btf, id: number): number | null {
  if (!btf.has(id)) return null;
  const kind = btf.typeById(btf.skipModsAndTypedefs(id)).kind;
  if (kind === 'void' || kind === 'func' || kind === 'func_proto' || kind === 'fwd') return null;
  return btf.resolveSize(id);
}

/** array_map_check_btf(): a key is a 32-bit integer, or there is one element and its type is a DATASEC. */
function arrayKeyRefuses(attr: CreateAttr, btf: Btf): number {
  if (attr.btfKeyTypeId === 0) {
    const value = btf.typeById(attr.btfValueTypeId);
    return value.kind === 'datasec' && attr.maxEntries === 1 ? 0 : EINVAL;
  }
  const key = btf.typeById(btf.skipModsAndTypedefs(attr.btfKeyTypeId));
  return key.kind === 'int' && key.bits === 32 && key.bitOffset === 0 ? 0 : EINVAL;
}

/** map_check_btf(): a positive errno, or 0. Kernel pointers in the value lead to the kernel's BTF. */
export function btfRefuses(attr: CreateAttr, btf: Btf, kernel: KernelBtf): number {
  if (attr.btfKeyTypeId !== 0) {
    if (sizeOf(btf, attr.btfKeyTypeId) !== attr.keySize) return EINVAL;
  } else if (!KEYLESS.has(attr.type) && !NO_BTF.has(attr.type)) {
    return EINVAL;
  }
  if (sizeOf(btf, attr.btfValueTypeId) !== attr.valueSize) return EINVAL;
  const fields = checkMapRecord({ ...attr, btf }, kernel);
  if (fields !== 0) return -fields;
  if (NO_BTF.has(attr.type)) return ENOTSUPP;
  return ARRAYS.has(attr.type) ? arrayKeyRefuses(attr, btf) : 0;
}
