/**
 * Register types (`enum bpf_reg_type`, `enum bpf_type_flag`; include/linux/bpf.h, Linux 6.18): a base type in
 * the low eight bits, modifiers above it. The numbers are the kernel's, so that argument types of the helper
 * table, which share the flags, can be combined with them.
 */
export const NOT_INIT = 0;
export const SCALAR_VALUE = 1;
export const PTR_TO_CTX = 2;
export const CONST_PTR_TO_MAP = 3;
export const PTR_TO_MAP_VALUE = 4;
export const PTR_TO_MAP_KEY = 5;
export const PTR_TO_STACK = 6;
export const PTR_TO_PACKET_META = 7;
export const PTR_TO_PACKET = 8;
export const PTR_TO_PACKET_END = 9;
export const PTR_TO_FLOW_KEYS = 10;
export const PTR_TO_SOCKET = 11;
export const PTR_TO_SOCK_COMMON = 12;
export const PTR_TO_TCP_SOCK = 13;
export const PTR_TO_TP_BUFFER = 14;
export const PTR_TO_XDP_SOCK = 15;
export const PTR_TO_BTF_ID = 16;
export const PTR_TO_MEM = 17;
export const PTR_TO_ARENA = 18;
export const PTR_TO_BUF = 19;
export const PTR_TO_FUNC = 20;
export const CONST_PTR_TO_DYNPTR = 21;

export const BPF_BASE_TYPE_BITS = 8;
const flag = (bit: number): number => 1 << (bit + BPF_BASE_TYPE_BITS);

export const PTR_MAYBE_NULL = flag(0);
export const MEM_RDONLY = flag(1);
export const MEM_RINGBUF = flag(2);
export const MEM_USER = flag(3);
export const MEM_PERCPU = flag(4);
export const OBJ_RELEASE = flag(5);
export const PTR_UNTRUSTED = flag(6);
export const MEM_UNINIT = flag(7);
export const DYNPTR_TYPE_LOCAL = flag(8);
export const DYNPTR_TYPE_RINGBUF = flag(9);
export const MEM_FIXED_SIZE = flag(10);
export const MEM_ALLOC = flag(11);
export const PTR_TRUSTED = flag(12);
export const MEM_RCU = flag(13);
export const NON_OWN_REF = flag(14);
export const DYNPTR_TYPE_SKB = flag(15);
export const DYNPTR_TYPE_XDP = flag(16);
export const MEM_ALIGNED = flag(17);
export const MEM_WRITE = flag(18);
export const DYNPTR_TYPE_SKB_META = flag(19);

export const PTR_TO_MAP_VALUE_OR_NULL = PTR_MAYBE_NULL | PTR_TO_MAP_VALUE;
export const PTR_TO_SOCKET_OR_NULL = PTR_MAYBE_NULL | PTR_TO_SOCKET;
export const PTR_TO_SOCK_COMMON_OR_NULL = PTR_MAYBE_NULL | PTR_TO_SOCK_COMMON;
export const PTR_TO_TCP_SOCK_OR_NULL = PTR_MAYBE_NULL | PTR_TO_TCP_SOCK;
export const PTR_TO_BTF_ID_OR_NULL = PTR_MAYBE_NULL | PTR_TO_BTF_ID;

/** The type without its modifiers. */
export const baseType = (type: number): number => type & 0xff;
/** The modifiers alone. */
export const typeFlag = (type: number): number => type & ~0xff;
export const typeMayBeNull = (type: number): boolean => (type & PTR_MAYBE_NULL) !== 0;

/** type_is_ptr_alloc_obj(): what bpf_obj_new() gave, owned or not. */
export const isAllocObj = (type: number): boolean =>
  baseType(type) === PTR_TO_BTF_ID && (type & MEM_ALLOC) !== 0;

/** type_is_non_owning_ref(): an allocated object that a list or tree owns. */
export const isNonOwningRef = (type: number): boolean => isAllocObj(type) && (type & NON_OWN_REF) !== 0;

export function typeIsPktPointer(type: number): boolean {
  const base = baseType(type);
  return base === PTR_TO_PACKET || base === PTR_TO_PACKET_META;
}

export function typeIsSkPointer(type: number): boolean {
  return (
    type === PTR_TO_SOCKET ||
    type === PTR_TO_SOCK_COMMON ||
    type === PTR_TO_TCP_SOCK ||
    type === PTR_TO_XDP_SOCK
  );
}

/** Bits of `BpfStackSlotType`: what one byte of the stack holds (`enum bpf_stack_slot_type`). */
export const STACK_INVALID = 0;
export const STACK_SPILL = 1;
export const STACK_MISC = 2;
export const STACK_ZERO = 3;
export const STACK_DYNPTR = 4;
export const STACK_ITER = 5;
export const STACK_IRQ_FLAG = 6;
