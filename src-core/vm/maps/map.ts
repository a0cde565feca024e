import { CPU, D_KEY_SIZE, D_KIND, D_MAX_ENTRIES, DESCRIPTOR_SIZE } from '../../jit/abi.ts';
import { EINVAL, ENOTSUPP, EOPNOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';

/** Attributes of a map, as in BPF_MAP_CREATE. */
export interface MapAttr {
  readonly name: string;
  /** `enum bpf_map_type`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}

/** What a command on elements answers: bytes, or a negative errno. */
export type Bytes = Uint8Array | number;

export type BatchCommand = 'lookup' | 'lookupAndDelete' | 'update' | 'delete';

/** A record that a program sent to user space through a ring buffer. */
export interface MapRecord {
  readonly bytes: Uint8Array;
  /** CPU that it was reserved on. */
  readonly cpu: number;
}

/** Walks the elements of a map for bpf_for_each_map_elem(). */
export interface ElementCursor {
  /** Goes to the next element; false behind the last one. The places below are then void. */
  next(): boolean;
  /** Address of the key. */
  readonly key: number;
  /** Address of this CPU's value. */
  readonly value: number;
  /** Ends the walk. */
  close(): void;
}

/** What programs do with a map. Addresses point into linear memory; results are 0 or a negative errno. */
export interface ProgramOps {
  /** Address of the current CPU's value, or 0: no such element. */
  lookup(key: number): number;
  /** Address of the value of one CPU, or 0 (bpf_map_lookup_percpu_elem()). */
  lookupOn(cpu: number, key: number): number;
  update(key: number, value: number, flags: number): number;
  delete(key: number): number;
  push(value: number, flags: number): number;
  pop(value: number): number;
  peek(value: number): number;
  /** Elements for bpf_for_each_map_elem(); null when the type has no such walk. */
  elements(): ElementCursor | null;
}

/** What the system call does with a map. `key` is an address in linear memory. */
export interface UserOps {
  /** BPF_MAP_LOOKUP_ELEM: the whole value; for a per-CPU map all CPUs' values, each padded to 8 bytes. */
  read(key: number): Bytes;
  /** BPF_MAP_UPDATE_ELEM: `value` has the size that `read` returns. */
  write(key: number, value: Uint8Array, flags: number): number;
  /** BPF_MAP_DELETE_ELEM. */
  remove(key: number): number;
  /** BPF_MAP_LOOKUP_AND_DELETE_ELEM. */
  take(key: number): Bytes;
  /** BPF_MAP_GET_NEXT_KEY; null asks for the first. */
  nextKey(key: Uint8Array | null): Bytes;
  /** Batch commands that the type has. */
  readonly batches: readonly BatchCommand[];
  /** Bytes of a value that `read` returns. */
  readonly userValueSize: number;
  /** All keys in iteration order, for a person. */
  keys(): Uint8Array[];
}

/** One map of the simulated kernel. */
export interface VmMap extends ProgramOps, UserOps {
  readonly attr: MapAttr;
  /** Address of the descriptor: the value of a pointer to this map in a program. */
  readonly address: number;
  /** Bytes of linear memory that the map holds. */
  readonly footprint: number;
  /** Address of the value that programs reach without a lookup (BPF_PSEUDO_MAP_VALUE), or null. */
  directValue(): number | null;
  /** What waits for a consumer, oldest first; only maps without elements have it. */
  records?(): readonly MapRecord[];
  dispose(): void;
}

/** A fresh descriptor of the given kind, or null without memory. */
export function newDescriptor(memory: VmMemory, kind: number, attr: MapAttr): number | null {
  const at = memory.alloc(DESCRIPTOR_SIZE);
  if (at === null) return null;
  memory.setU32(at + D_KIND, kind);
  memory.setU32(at + D_KEY_SIZE, attr.keySize);
  memory.setU32(at + D_MAX_ENTRIES, attr.maxEntries);
  return at;
}

export const currentCpu = (memory: VmMemory): number => memory.u32(CPU);

export const u32Key = (index: number): Uint8Array => new Uint8Array(Uint32Array.of(index).buffer);

/** A u32 at the start of bytes. */
export const u32Of = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);

/** bpf_array_get_next_key(): -ENOENT behind the last index, 0 behind any other place. */
export function nextIndex(key: Uint8Array | null, maxEntries: number, none: number): Bytes {
  const index = key === null ? 0xffffffff : u32Of(key);
  if (index >= maxEntries) return u32Key(0);
  return index === maxEntries - 1 ? none : u32Key(index + 1);
}

/** What a map type that has no such operation answers. */
export abstract class BaseMap {
  readonly batches: readonly BatchCommand[] = [];
  abstract delete(key: number): number;
  get footprint(): number {
    return DESCRIPTOR_SIZE;
  }
  lookupOn(_cpu: number, _key: number): number {
    return 0;
  }
  push(_value: number, _flags: number): number {
    return -EINVAL;
  }
  pop(_value: number): number {
    return -EINVAL;
  }
  peek(_value: number): number {
    return -EINVAL;
  }
  elements(): ElementCursor | null {
    return null;
  }
  remove(key: number): number {
    return this.delete(key);
  }
  take(_key: number): Bytes {
    return -ENOTSUPP;
  }
  nextKey(_key: Uint8Array | null): Bytes {
    return -EOPNOTSUPP;
  }
  keys(): Uint8Array[] {
    return [];
  }
  directValue(): number | null {
    return null;
  }
}
