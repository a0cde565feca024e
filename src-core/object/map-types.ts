/** `enum bpf_map_type` (`include/uapi/linux/bpf.h`, Linux 6.18), as far as the loader tells types apart. */
export const MAP = {
  ARRAY: 2,
  PROG_ARRAY: 3,
  PERF_EVENT_ARRAY: 4,
  STACK_TRACE: 7,
  CGROUP_ARRAY: 8,
  ARRAY_OF_MAPS: 12,
  HASH_OF_MAPS: 13,
  DEVMAP: 14,
  SOCKMAP: 15,
  CPUMAP: 16,
  XSKMAP: 17,
  SOCKHASH: 18,
  QUEUE: 22,
  STACK: 23,
  DEVMAP_HASH: 25,
  STRUCT_OPS: 26,
  RINGBUF: 27,
  USER_RINGBUF: 31,
  ARENA: 33,
} as const;

/** Types for which libbpf passes no BTF key and value types (bpf_object__create_map()). */
const WITHOUT_BTF: readonly number[] = [
  MAP.PERF_EVENT_ARRAY,
  MAP.CGROUP_ARRAY,
  MAP.STACK_TRACE,
  MAP.ARRAY_OF_MAPS,
  MAP.HASH_OF_MAPS,
  MAP.DEVMAP,
  MAP.DEVMAP_HASH,
  MAP.CPUMAP,
  MAP.XSKMAP,
  MAP.SOCKMAP,
  MAP.SOCKHASH,
  MAP.QUEUE,
  MAP.STACK,
  MAP.ARENA,
];

export const takesBtf = (type: number): boolean => !WITHOUT_BTF.includes(type);

export const isMapInMap = (type: number): boolean => type === MAP.ARRAY_OF_MAPS || type === MAP.HASH_OF_MAPS;

export const BPF_F_RDONLY_PROG = 1 << 7;
export const BPF_F_MMAPABLE = 1 << 10;
export const BPF_F_LINK = 1 << 13;
