/**
 * What compiled code and the simulated kernel agree on: places in linear memory and the layout of a map's
 * descriptor. A BPF pointer is a byte offset in the one linear memory.
 *
 *   0x00000  never handed out and always zero: a null pointer plus an offset points here
 *   0x10000  scratch: helper arguments and result, current CPU, fuel
 *   0x11000  heap: BPF stacks, contexts, packets, map descriptors, keys and values
 */
export const SCRATCH = 0x10000;
/** r1..r5 of a helper call, 8 bytes each. */
export const ARGS = SCRATCH;
/** 64-bit result of a helper call. */
export const RET = SCRATCH + 40;
/** u32: the CPU that runs the program. */
export const CPU = SCRATCH + 48;
/** u32: slot of the instruction that calls a helper, so that a fault inside it has a place. */
export const CALL_SLOT = SCRATCH + 52;
/** u32: frame pointer of the frame that calls a helper, below which its callbacks get their stack. */
export const CALLER_FP = SCRATCH + 56;
/** i32: loop rounds and callbacks that the running activation may still take. */
export const FUEL = SCRATCH + 60;
/** u32: a frame pointer at or below this one is a frame too many. */
export const STACK_LIMIT = SCRATCH + 64;
/** Words of the scratch that belong to one activation. */
export const SCRATCH_WORDS = 17;
export const HEAP = 0x11000;

/** Bytes of one BPF stack frame (MAX_BPF_STACK). */
export const FRAME_SIZE = 512;
/** MAX_CALL_FRAMES. */
export const MAX_FRAMES = 8;
/** MAX_TAIL_CALL_CNT. */
export const MAX_TAIL_CALLS = 33;
/** Bytes of stack of one activation: each tail call from a subprogram may add its own frames. */
export const STACK_SIZE = (MAX_TAIL_CALLS + 1) * MAX_FRAMES * FRAME_SIZE;
/** BPF_MAX_LOOPS: rounds that the may_goto instructions of one frame take together. */
export const MAY_GOTO_ROUNDS = 8 * 1024 * 1024;
/** BPF_FUNC_map_lookup_elem, which compiled code does itself. */
export const MAP_LOOKUP_ID = 1;
/** BPF_FUNC_tail_call: a jump rather than a call, so the engines treat it themselves. */
export const TAIL_CALL_ID = 12;
const FOR_EACH_MAP_ELEM_ID = 164;
/** BPF_FUNC_loop, which compiled code does itself. */
export const LOOP_ID = 181;
/** BPF_MAX_LOOPS of bpf_loop(). */
export const MAX_LOOPS = 8 * 1024 * 1024;
/** Helpers that call a subprogram of the program that calls them. */
export const takesCallback = (id: number): boolean => id === FOR_EACH_MAP_ELEM_ID || id === LOOP_ID;

/**
 * A map's descriptor in linear memory: its address is the value of a BPF map pointer, and compiled code reads
 * it to look elements up without leaving Wasm. Byte offsets of u32 fields:
 */
export const D_KIND = 0;
export const D_KEY_SIZE = 4;
export const D_MAX_ENTRIES = 8;
/** Array: first value. Hash: bucket heads. */
export const D_BASE = 12;
/** Array: bytes between values. Hash: bucket mask. */
export const D_STRIDE = 16;
/** Bytes between the values of two CPUs; 0 when the map is not per-CPU. */
export const D_CPU_STRIDE = 20;
/** Hash: offset of the value in an entry. */
export const D_VALUE_OFFSET = 24;
/** 1: a lookup marks the entry as used (LRU). */
export const D_MARKS = 28;
export const DESCRIPTOR_SIZE = 32;

/** D_KIND: how compiled code may look an element up. */
export const KIND_ARRAY = 1;
export const KIND_HASH = 2;
/** Through the map's own lookup function. */
export const KIND_OTHER = 3;

/** A descriptor's fields, for code that is compiled for one map. */
export interface MapLayout {
  readonly kind: number;
  readonly keySize: number;
  readonly maxEntries: number;
  readonly base: number;
  readonly stride: number;
  readonly cpuStride: number;
  readonly valueOffset: number;
  readonly marks: boolean;
}

/** What the compiler asks of the simulated kernel. */
export interface JitHost {
  /** How many of r1..r5 a helper reads; null when it is not simulated. */
  helperArgs(id: number): number | null;
  /** The map whose descriptor is at an address, or null. Its layout stays as long as the program does. */
  mapAt(address: number): MapLayout | null;
}

/** An entry of a hash map: u32 next (address, 0 ends), u32 hash, u32 used (LRU), pad, key, padding to 8, value. */
export const ENTRY_NEXT = 0;
export const ENTRY_HASH = 4;
export const ENTRY_USED = 8;
export const ENTRY_KEY = 16;

export const HASH_MULTIPLIER = 0x9e3779b1;
