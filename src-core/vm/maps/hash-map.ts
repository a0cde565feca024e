import {
  D_BASE,
  D_CPU_STRIDE,
  D_MARKS,
  D_STRIDE,
  D_VALUE_OFFSET,
  DESCRIPTOR_SIZE,
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_NEXT,
  ENTRY_USED,
  KIND_HASH,
} from '../../jit/abi.ts';
import { BPF_EXIST, BPF_NOEXIST, MAP_FLAG } from '../../uapi/bpf.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT, ENOMEM } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { hashKey, round8 } from './descriptor.ts';
import { CommonLru, type Lru, PerCpuLru } from './lru.ts';
import {
  BaseMap,
  type BatchCommand,
  type Bytes,
  currentCpu,
  type ElementCursor,
  type MapAttr,
  newDescriptor,
  type VmMap,
} from './map.ts';

const MAX_BUCKETS = 1 << 16;

/** How a hash map is made. */
export interface HashKind {
  /** CPUs that a value is kept for; 1 when it is one value. */
  readonly values: number;
  readonly cpus: number;
  readonly lru: boolean;
}

/**
 * BPF_MAP_TYPE_HASH, PERCPU_HASH, LRU_HASH and LRU_PERCPU_HASH: chained buckets in linear memory (htab_map_ops,
 * Linux 6.18). An update puts a new entry in the place of the old one, whose bytes a program may still hold
 * a pointer to; a per-CPU value is written in place. Memory is taken when it is first needed.
 */
export class HashMap extends BaseMap implements VmMap {
  override readonly batches: readonly BatchCommand[] = ['lookup', 'lookupAndDelete', 'update', 'delete'];
  private readonly valueOffset: number;
  private readonly elemSize: number;
  private readonly entrySize: number;
  /** Entries that hold an element, oldest first: the order of iteration. */
  private readonly entries = new Set<number>();
  /** Entries to be used again, the last one first. */
  private readonly spare: number[] = [];
  /** Replaced by an update and not to be used before the next one (`extra_elems`). */
  private replaced: number | null = null;
  private readonly lru: Lru | null;
  private readonly entryOf: number[] = [];
  private readonly nodeOf = new Map<number, number>();

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly kind: HashKind,
    readonly address: number,
    private readonly buckets: number,
    private readonly bucketCount: number,
  ) {
    super();
    this.valueOffset = ENTRY_KEY + round8(attr.keySize);
    this.elemSize = round8(attr.valueSize);
    this.entrySize = this.valueOffset + this.elemSize * kind.values;
    this.lru = this.makeLru();
    memory.setU32(address + D_BASE, buckets);
    memory.setU32(address + D_STRIDE, bucketCount - 1);
    memory.setU32(address + D_CPU_STRIDE, kind.values > 1 ? this.elemSize : 0);
    memory.setU32(address + D_VALUE_OFFSET, this.valueOffset);
    memory.setU32(address + D_MARKS, kind.lru ? 1 : 0);
  }

  static create(memory: VmMemory, attr: MapAttr, kind: HashKind): HashMap | null {
    let count = 1;
    while (count < attr.maxEntries && count < MAX_BUCKETS) count *= 2;
    const address = newDescriptor(memory, KIND_HASH, attr);
    if (address === null) return null;
    const buckets = memory.alloc(count * 4);
    if (buckets !== null) return new HashMap(memory, attr, kind, address, buckets, count);
    memory.release(address, DESCRIPTOR_SIZE);
    return null;
  }

  private makeLru(): Lru | null {
    const { kind, attr, memory } = this;
    if (!kind.lru) return null;
    const usedAt = (node: number): number => this.entryOf[node] + ENTRY_USED;
    const owner = {
      isReferenced: (node: number) => this.entryOf[node] !== undefined && memory.u32(usedAt(node)) !== 0,
      clearReference: (node: number) => {
        if (this.entryOf[node] !== undefined) memory.setU32(usedAt(node), 0);
      },
      evict: (node: number) => this.entries.has(this.entryOf[node]) && this.unlink(this.entryOf[node]),
    };
    const perCpu = (attr.flags & MAP_FLAG.NO_COMMON_LRU) !== 0;
    return new (perCpu ? PerCpuLru : CommonLru)(attr.maxEntries, kind.cpus, owner);
  }

  override get footprint(): number {
    const entries = this.kind.lru ? this.entryOf.length : this.entries.size + this.spare.length;
    return entries * this.entrySize + this.bucketCount * 4 + DESCRIPTOR_SIZE;
  }

  private bucketOf(hash: number): number {
    return this.buckets + (hash & (this.bucketCount - 1)) * 4;
  }

  private sameKey(a: number, b: number): boolean {
    const { bytes } = this.memory;
    for (let i = 0; i < this.attr.keySize; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return true;
  }

  /** Address of the entry with this key, or 0. */
  private find(key: number): number {
    const { memory } = this;
    const hash = hashKey(memory.view, key, this.attr.keySize);
    let entry = memory.u32(this.bucketOf(hash));
    while (entry !== 0) {
      if (memory.view.getInt32(entry + ENTRY_HASH, true) === hash && this.sameKey(entry + ENTRY_KEY, key))
        return entry;
      entry = memory.u32(entry + ENTRY_NEXT);
    }
    return 0;
  }

  private get cpuOffset(): number {
    return this.kind.values > 1 ? currentCpu(this.memory) * this.elemSize : 0;
  }

  lookup(key: number): number {
    const entry = this.find(key);
    if (entry === 0) return 0;
    if (this.lru !== null) this.memory.setU32(entry + ENTRY_USED, 1);
    return entry + this.valueOffset + this.cpuOffset;
  }

  override lookupOn(cpu: number, key: number): number {
    const entry = cpu < this.kind.values ? this.find(key) : 0;
    return entry === 0 ? 0 : entry + this.valueOffset + cpu * this.elemSize;
  }

  /**
   * bpf_for_each_hash_elem(): oldest first, where the kernel goes by its seeded hash. Elements may be deleted
   * meanwhile.
   */
  override elements(): ElementCursor {
    const { cpuOffset } = this;
    const waiting = [...this.entries].reverse();
    const cursor = {
      key: 0,
      value: 0,
      next: () => {
        let entry = waiting.pop();
        while (entry !== undefined && !this.entries.has(entry)) entry = waiting.pop();
        if (entry === undefined) return false;
        cursor.key = entry + ENTRY_KEY;
        cursor.value = entry + this.valueOffset + cpuOffset;
        return true;
      },
      close: () => {},
    };
    return cursor;
  }

  /** Memory of an LRU node, which it keeps from its first use on; null without memory. */
  private entryOfNode(node: number): number | null {
    const known = this.entryOf[node];
    if (known !== undefined) return known;
    const made = this.memory.alloc(this.entrySize);
    if (made === null) return null;
    this.entryOf[node] = made;
    this.nodeOf.set(made, node);
    return made;
  }

  /** An entry that holds nothing; an errno when there is none. */
  private freeEntry(old: number): number {
    if (this.lru !== null) {
      const node = this.lru.take(currentCpu(this.memory));
      return (node === null ? null : this.entryOfNode(node)) ?? -ENOMEM;
    }
    if (old === 0 && this.entries.size >= this.attr.maxEntries) return -E2BIG;
    if (old !== 0 && this.replaced !== null) return this.replaced;
    return this.spare.pop() ?? this.memory.alloc(this.entrySize) ?? -ENOMEM;
  }

  private giveBack(entry: number): void {
    const node = this.nodeOf.get(entry);
    if (this.lru !== null && node !== undefined) this.lru.give(node);
    else this.spare.push(entry);
  }

  private link(entry: number, key: number): void {
    const { memory } = this;
    const hash = hashKey(memory.view, key, this.attr.keySize);
    const bucket = this.bucketOf(hash);
    memory.setU32(entry + ENTRY_NEXT, memory.u32(bucket));
    memory.setU32(entry + ENTRY_HASH, hash);
    memory.bytes.copyWithin(entry + ENTRY_KEY, key, key + this.attr.keySize);
    memory.setU32(bucket, entry);
    this.entries.add(entry);
  }

  private unlink(entry: number): true {
    const { memory } = this;
    let link = this.bucketOf(memory.view.getInt32(entry + ENTRY_HASH, true));
    while (memory.u32(link) !== entry) link = memory.u32(link) + ENTRY_NEXT;
    memory.setU32(link, memory.u32(entry + ENTRY_NEXT));
    this.entries.delete(entry);
    return true;
  }

  /** check_flags() */
  private refuse(old: number, flags: number): number {
    if (old !== 0 && flags === BPF_NOEXIST) return -EEXIST;
    return old === 0 && flags === BPF_EXIST ? -ENOENT : 0;
  }

  /** Puts an element in; `fill` writes the value at an address, given whether the memory is new to the key. */
  private put(key: number, flags: number, fill: (value: number, fresh: boolean) => void): number {
    if (flags > BPF_EXIST) return -EINVAL;
    return this.kind.values > 1 ? this.putPerCpu(key, flags, fill) : this.replace(key, flags, fill);
  }

  private replace(key: number, flags: number, fill: (value: number, fresh: boolean) => void): number {
    // An LRU takes its node before it looks whether the element may be written.
    const early = this.lru === null ? null : this.freeEntry(0);
    if (early !== null && early < 0) return early;
    const old = this.find(key);
    const refused = this.refuse(old, flags);
    if (refused !== 0) {
      if (early !== null) this.giveBack(early);
      return refused;
    }
    const entry = early ?? this.freeEntry(old);
    if (entry < 0) return entry;
    fill(entry + this.valueOffset, true);
    if (old !== 0) this.unlink(old);
    this.link(entry, key);
    if (this.lru !== null) {
      if (old !== 0) {
        this.memory.setU32(entry + ENTRY_USED, 1);
        this.giveBack(old);
      }
    } else if (old !== 0) {
      this.replaced = old;
    }
    return 0;
  }

  private putPerCpu(key: number, flags: number, fill: (value: number, fresh: boolean) => void): number {
    const early = this.lru === null || flags === BPF_EXIST ? null : this.freeEntry(0);
    if (early !== null && early < 0) return early;
    const old = this.find(key);
    const refused = this.refuse(old, flags);
    if (refused === 0 && old === 0) {
      const entry = early ?? this.freeEntry(0);
      if (entry < 0) return entry;
      fill(entry + this.valueOffset, true);
      this.link(entry, key);
      return 0;
    }
    if (refused === 0) {
      if (this.lru !== null) this.memory.setU32(old + ENTRY_USED, 1);
      fill(old + this.valueOffset, false);
    }
    if (early !== null) this.giveBack(early);
    return refused;
  }

  update(key: number, value: number, flags: number): number {
    const { memory, attr, kind, cpuOffset } = this;
    return this.put(key, flags, (at, fresh) => {
      // A new element is zero for the other CPUs (pcpu_init_value()).
      if (fresh && kind.values > 1) memory.bytes.fill(0, at, at + this.elemSize * kind.values);
      memory.bytes.copyWithin(at + cpuOffset, value, value + attr.valueSize);
    });
  }

  delete(key: number): number {
    const entry = this.find(key);
    if (entry === 0) return -ENOENT;
    this.unlink(entry);
    this.giveBack(entry);
    return 0;
  }

  override keys(): Uint8Array[] {
    return Array.from(this.entries, (entry) => this.memory.slice(entry + ENTRY_KEY, this.attr.keySize));
  }

  override nextKey(key: Uint8Array | null): Bytes {
    let found = key === null;
    let first: number | null = null;
    for (const entry of this.entries) {
      first ??= entry;
      if (found) return this.memory.slice(entry + ENTRY_KEY, this.attr.keySize);
      found = this.holds(entry, key);
    }
    // After a key that is not there comes the first one.
    return found || first === null ? -ENOENT : this.memory.slice(first + ENTRY_KEY, this.attr.keySize);
  }
  private holds(entry: number, key: Uint8Array | null): boolean {
    const { bytes } = this.memory;
    return key?.every((byte, i) => bytes[entry + ENTRY_KEY + i] === byte) ?? false;
  }

  get userValueSize(): number {
    return this.kind.values > 1 ? this.elemSize * this.kind.values : this.attr.valueSize;
  }

  read(key: number): Bytes {
    const entry = this.find(key);
    return entry === 0 ? -ENOENT : this.memory.slice(entry + this.valueOffset, this.userValueSize);
  }

  override take(key: number): Bytes {
    const value = this.read(key);
    if (typeof value !== 'number') this.delete(key);
    return value;
  }

  write(key: number, value: Uint8Array, flags: number): number {
    return this.put(key, flags, (at) => this.memory.bytes.set(value.subarray(0, this.userValueSize), at));
  }

  dispose(): void {
    const all = new Set([...this.entries, ...this.spare, ...this.entryOf]);
    if (this.replaced !== null) all.add(this.replaced);
    for (const entry of all) if (entry !== undefined) this.memory.release(entry, this.entrySize);
    this.memory.release(this.buckets, this.bucketCount * 4);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
