import { CPU, D_KEY_SIZE, D_KIND, D_MAX_ENTRIES, DESCRIPTOR_SIZE } from '../../jit/abi.ts';
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

export const BPF_ANY = 0;
export const BPF_NOEXIST = 1;
export const BPF_EXIST = 2;

export const EPERM = 1;
export const ENOENT = 2;
export const E2BIG = 7;
export const ENOMEM = 12;
export const EBUSY = 16;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOSPC = 28;
export const EOPNOTSUPP = 95;

/** A record that a program sent to user space through a ring buffer. */
export interface MapRecord {
  readonly bytes: Uint8Array;
  /** CPU that it was reserved on. */
  readonly cpu: number;
}

/**
 * One map of the simulated kernel. Addresses point into linear memory; results are 0 or a negative errno, and
 * 0 as an address means "no such element", as in the kernel's own operations.
 */
export interface VmMap {
  readonly attr: MapAttr;
  /** Address of the descriptor: the value of a pointer to this map in a program. */
  readonly address: number;
  /** Address of the current CPU's value, or 0. */
  lookup(key: number): number;
  update(key: number, value: number, flags: number): number;
  delete(key: number): number;
  /** Address of every key, in iteration order. */
  keys(): Uint8Array[];
  /** The whole value as a user sees it: for a per-CPU map all CPUs' values, each padded to 8 bytes. */
  read(key: number): Uint8Array | null;
  /** As BPF_MAP_UPDATE_ELEM: `value` has the size that `read` returns. */
  write(key: number, value: Uint8Array, flags: number): number;
  /** Bytes of a value that `read` returns. */
  readonly userValueSize: number;
  /** Queues and stacks: push, pop and peek; -EINVAL elsewhere. */
  push(value: number, flags: number): number;
  pop(value: number): number;
  peek(value: number): number;
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

/** What a map type that has no such operation answers. */
export abstract class BaseMap {
  push(_value: number, _flags: number): number {
    return -EINVAL;
  }
  pop(_value: number): number {
    return -EINVAL;
  }
  peek(_value: number): number {
    return -EINVAL;
  }
}
