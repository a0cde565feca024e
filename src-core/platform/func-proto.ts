/**
 * How a helper is declared to the verifier (`struct bpf_func_proto`; include/linux/bpf.h, Linux 6.18).
 * Argument and return types are a base type in the low eight bits and FLAG bits above it, with the
 * kernel's numbers.
 */
const flag = (bit: number): number => 1 << (bit + 8);

/** `enum bpf_type_flag` */
export const FLAG = {
  PTR_MAYBE_NULL: flag(0),
  MEM_RDONLY: flag(1),
  MEM_RINGBUF: flag(2),
  MEM_USER: flag(3),
  MEM_PERCPU: flag(4),
  OBJ_RELEASE: flag(5),
  PTR_UNTRUSTED: flag(6),
  MEM_UNINIT: flag(7),
  DYNPTR_TYPE_LOCAL: flag(8),
  DYNPTR_TYPE_RINGBUF: flag(9),
  MEM_FIXED_SIZE: flag(10),
  MEM_ALLOC: flag(11),
  PTR_TRUSTED: flag(12),
  MEM_RCU: flag(13),
  NON_OWN_REF: flag(14),
  DYNPTR_TYPE_SKB: flag(15),
  DYNPTR_TYPE_XDP: flag(16),
  MEM_ALIGNED: flag(17),
  MEM_WRITE: flag(18),
  DYNPTR_TYPE_SKB_META: flag(19),
} as const;

const ARG_BASE = {
  ARG_DONTCARE: 0,
  ARG_CONST_MAP_PTR: 1,
  ARG_PTR_TO_MAP_KEY: 2,
  ARG_PTR_TO_MAP_VALUE: 3,
  ARG_PTR_TO_MEM: 4,
  ARG_PTR_TO_ARENA: 5,
  ARG_CONST_SIZE: 6,
  ARG_CONST_SIZE_OR_ZERO: 7,
  ARG_PTR_TO_CTX: 8,
  ARG_ANYTHING: 9,
  ARG_PTR_TO_SPIN_LOCK: 10,
  ARG_PTR_TO_SOCK_COMMON: 11,
  ARG_PTR_TO_SOCKET: 12,
  ARG_PTR_TO_BTF_ID: 13,
  ARG_PTR_TO_RINGBUF_MEM: 14,
  ARG_CONST_ALLOC_SIZE_OR_ZERO: 15,
  ARG_PTR_TO_BTF_ID_SOCK_COMMON: 16,
  ARG_PTR_TO_PERCPU_BTF_ID: 17,
  ARG_PTR_TO_FUNC: 18,
  ARG_PTR_TO_STACK: 19,
  ARG_PTR_TO_CONST_STR: 20,
  ARG_PTR_TO_TIMER: 21,
  ARG_KPTR_XCHG_DEST: 22,
  ARG_PTR_TO_DYNPTR: 23,
} as const;

/** `enum bpf_arg_type` */
export const ARG = {
  ...ARG_BASE,
  ARG_PTR_TO_MAP_VALUE_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_MAP_VALUE,
  ARG_PTR_TO_MEM_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_MEM,
  ARG_PTR_TO_CTX_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_CTX,
  ARG_PTR_TO_SOCKET_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_SOCKET,
  ARG_PTR_TO_STACK_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_STACK,
  ARG_PTR_TO_BTF_ID_OR_NULL: FLAG.PTR_MAYBE_NULL | ARG_BASE.ARG_PTR_TO_BTF_ID,
  ARG_PTR_TO_UNINIT_MEM: FLAG.MEM_UNINIT | FLAG.MEM_WRITE | ARG_BASE.ARG_PTR_TO_MEM,
  ARG_PTR_TO_FIXED_SIZE_MEM: FLAG.MEM_FIXED_SIZE | ARG_BASE.ARG_PTR_TO_MEM,
} as const;

const RET_BASE = {
  RET_INTEGER: 0,
  RET_VOID: 1,
  RET_PTR_TO_MAP_VALUE: 2,
  RET_PTR_TO_SOCKET: 3,
  RET_PTR_TO_TCP_SOCK: 4,
  RET_PTR_TO_SOCK_COMMON: 5,
  RET_PTR_TO_MEM: 6,
  RET_PTR_TO_MEM_OR_BTF_ID: 7,
  RET_PTR_TO_BTF_ID: 8,
} as const;

/** `enum bpf_return_type` */
export const RET = {
  ...RET_BASE,
  RET_PTR_TO_MAP_VALUE_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_MAP_VALUE,
  RET_PTR_TO_SOCKET_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_SOCKET,
  RET_PTR_TO_TCP_SOCK_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_TCP_SOCK,
  RET_PTR_TO_SOCK_COMMON_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_SOCK_COMMON,
  RET_PTR_TO_RINGBUF_MEM_OR_NULL: FLAG.PTR_MAYBE_NULL | FLAG.MEM_RINGBUF | RET_BASE.RET_PTR_TO_MEM,
  RET_PTR_TO_DYNPTR_MEM_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_MEM,
  RET_PTR_TO_BTF_ID_OR_NULL: FLAG.PTR_MAYBE_NULL | RET_BASE.RET_PTR_TO_BTF_ID,
  RET_PTR_TO_BTF_ID_TRUSTED: FLAG.PTR_TRUSTED | RET_BASE.RET_PTR_TO_BTF_ID,
} as const;

/** A base argument type: what a switch over `argType & 0xff` must cover. */
export type ArgBase = (typeof ARG_BASE)[keyof typeof ARG_BASE];
/** A base return type. */
export type RetBase = (typeof RET_BASE)[keyof typeof RET_BASE];

export const argBase = (type: number): ArgBase => (type & 0xff) as ArgBase;
export const retBase = (type: number): RetBase => (type & 0xff) as RetBase;

/** `struct bpf_func_proto`; absent flags are false. */
export interface FuncProto {
  /** RET with FLAG bits. */
  readonly ret: number;
  /** ARG with FLAG bits, one for each argument (0 to 5). */
  readonly args: readonly number[];
  readonly gplOnly?: true;
  /** May read packet data directly. */
  readonly pktAccess?: true;
  readonly mightSleep?: true;
  /** Keeps r1-r5 apart from its own arguments (bpf_fastcall). */
  readonly allowFastcall?: true;
  /** Bytes of a MEM_FIXED_SIZE argument. */
  readonly arg1Size?: number;
  readonly arg2Size?: number;
  readonly arg3Size?: number;
  readonly arg4Size?: number;
  readonly arg5Size?: number;
  /** vmlinux structure that an argument points to; 'BPF_PTR_POISON': the verifier decides by hand. */
  readonly arg1Btf?: string;
  readonly arg2Btf?: string;
  readonly arg3Btf?: string;
  readonly arg4Btf?: string;
  readonly arg5Btf?: string;
  /** vmlinux structure that the result points to. */
  readonly retBtf?: string;
  /** Kernel function that decides whether this program may call it. */
  readonly allowed?: string;
}

/** arg_size[] of argument `i` (0-4), 0 if it has none. */
export function argSize(proto: FuncProto, i: number): number {
  return [proto.arg1Size, proto.arg2Size, proto.arg3Size, proto.arg4Size, proto.arg5Size][i] ?? 0;
}

/** arg_btf_id[] of argument `i` (0-4), null if it has none. */
export function argBtf(proto: FuncProto, i: number): string | null {
  return [proto.arg1Btf, proto.arg2Btf, proto.arg3Btf, proto.arg4Btf, proto.arg5Btf][i] ?? null;
}
