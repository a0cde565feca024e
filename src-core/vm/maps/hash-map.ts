import {
  D_BASE,
  D_CPU_STRIDE,
  D_STRIDE,
  D_VALUE_OFFSET,
  DESCRIPTOR_SIZE,
  ENTRY_HASH,
  ENTRY_KEY,
  ENTRY_NEXT,
  KIND_HASH,
} from '../../jit/abi.ts';
import type { VmMemory } from '../memory.ts';
import { hashKey, round8 } from './descriptor.ts';
import {
  BaseMap,
  BPF_EXIST,
  BPF_NOEXIST,
  currentCpu,
  E2BIG,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOMEM,
  type MapAttr,
  newDescriptor,
  type VmMap,
} from './map.ts';

const MAX_BUCKETS = 1 << 16;

/**
 * BPF_MAP_TYPE_HASH, PERCPU_HASH, LRU_HASH and LRU_PERCPU_HASH: chained buckets in linear memory
 * (htab_map_ops, Linux 6.18). An LRU map that is full drops the element that was written longest ago.
 */
export class HashMap extends BaseMap implements VmMap {
  private readonly valueOffset: number;
  private readonly elemSize: number;
  private readonly entrySize: number;
  /** Entry addresses in order of writing: iteration order, and the LRU's victim order. */
  private readonly entries = new Set<number>();

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly cpus: number,
    private readonly lru: boolean,
    readonly address: number,
    private readonly buckets: number,
    private readonly bucketCount: number,
  ) {
    super();
    this.valueOffset = ENTRY_KEY + round8(attr.keySize);
    this.elemSize = round8(attr.valueSize);
    this.entrySize = this.valueOffset + this.elemSize * cpus;
    memory.setU32(address + D_BASE, buckets);
    memory.setU32(address + D_STRIDE, bucketCount - 1);
    memory.setU32(address + D_CPU_STRIDE, cpus > 1 ? this.elemSize : 0);
    memory.setU32(address + D_VALUE_OFFSET, this.valueOffset);
  }

  static create(memory: VmMemory, attr: MapAttr, cpus: number, lru: boolean): HashMap | null {
    let count = 1;
    while (count < attr.maxEntries && count < MAX_BUCKETS) count *= 2;
    const address = newDescriptor(memory, KIND_HASH, attr);
    const buckets = memory.alloc(count * 4);
    return address === null || buckets === null
      ? null
      : new HashMap(memory, attr, cpus, lru, address, buckets, count);
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

  lookup(key: number): number {
    const entry = this.find(key);
    if (entry === 0) return 0;
    return entry + this.valueOffset + (this.cpus > 1 ? currentCpu(this.memory) * this.elemSize : 0);
  }

  /** Address of the value of one CPU, or 0 (bpf_map_lookup_percpu_elem()). */
  lookupOn(cpu: number, key: number): number {
    const entry = cpu < this.cpus ? this.find(key) : 0;
    return entry === 0 ? 0 : entry + this.valueOffset + cpu * this.elemSize;
  }

  /**
   * Calls `visit` with the addresses of every key and of this CPU's value until it says to stop; returns the
   * number of calls (bpf_for_each_hash_elem()). Oldest first, where the kernel goes by its seeded hash;
   * `visit` may delete elements.
   */
  visitElements(visit: (key: number, value: number) => boolean): number {
    const cpuOffset = this.cpus > 1 ? currentCpu(this.memory) * this.elemSize : 0;
    let calls = 0;
    for (const entry of [...this.entries]) {
      if (!this.entries.has(entry)) continue;
      calls++;
      if (visit(entry + ENTRY_KEY, entry + this.valueOffset + cpuOffset)) break;
    }
    return calls;
  }

  private makeRoom(): number {
    if (this.entries.size < this.attr.maxEntries) return 0;
    if (!this.lru) return -E2BIG;
    for (const oldest of this.entries) {
      this.unlink(oldest);
      return 0;
    }
    return -ENOMEM;
  }

  private insert(key: number): number {
    const refused = this.makeRoom();
    if (refused !== 0) return refused;
    const entry = this.memory.alloc(this.entrySize);
    if (entry === null) return -ENOMEM;
    const { memory } = this;
    const hash = hashKey(memory.view, key, this.attr.keySize);
    const bucket = this.bucketOf(hash);
    memory.setU32(entry + ENTRY_NEXT, memory.u32(bucket));
    memory.setU32(entry + ENTRY_HASH, hash);
    memory.bytes.copyWithin(entry + ENTRY_KEY, key, key + this.attr.keySize);
    memory.setU32(bucket, entry);
    this.entries.add(entry);
    return entry;
  }

  /** The entry to write to (positive), or a negative errno. */
  private entryFor(key: number, flags: number): number {
    if (flags > BPF_EXIST) return -EINVAL;
    const entry = this.find(key);
    if (entry !== 0 && flags === BPF_NOEXIST) return -EEXIST;
    if (entry === 0 && flags === BPF_EXIST) return -ENOENT;
    if (entry === 0) return this.insert(key);
    // A plain update moves the element to the young end.
    this.entries.delete(entry);
    this.entries.add(entry);
    return entry;
  }

  update(key: number, value: number, flags: number): number {
    const entry = this.entryFor(key, flags);
    if (entry < 0) return entry;
    const cpuOffset = this.cpus > 1 ? currentCpu(this.memory) * this.elemSize : 0;
    this.memory.bytes.copyWithin(entry + this.valueOffset + cpuOffset, value, value + this.attr.valueSize);
    return 0;
  }

  private unlink(entry: number): void {
    const { memory } = this;
    let link = this.bucketOf(memory.view.getInt32(entry + ENTRY_HASH, true));
    while (memory.u32(link) !== entry) link = memory.u32(link) + ENTRY_NEXT;
    memory.setU32(link, memory.u32(entry + ENTRY_NEXT));
    this.entries.delete(entry);
    memory.release(entry, this.entrySize);
  }

  delete(key: number): number {
    const entry = this.find(key);
    if (entry === 0) return -ENOENT;
    this.unlink(entry);
    return 0;
  }

  keys(): Uint8Array[] {
    return Array.from(this.entries, (entry) => this.memory.slice(entry + ENTRY_KEY, this.attr.keySize));
  }

  get userValueSize(): number {
    return this.cpus > 1 ? this.elemSize * this.cpus : this.attr.valueSize;
  }

  read(key: number): Uint8Array | null {
    const entry = this.find(key);
    return entry === 0 ? null : this.memory.slice(entry + this.valueOffset, this.userValueSize);
  }

  write(key: number, value: Uint8Array, flags: number): number {
    const entry = this.entryFor(key, flags);
    if (entry < 0) return entry;
    this.memory.bytes.set(value.subarray(0, this.userValueSize), entry + this.valueOffset);
    return 0;
  }

  dispose(): void {
    for (const entry of this.entries) this.memory.release(entry, this.entrySize);
    this.memory.release(this.buckets, this.bucketCount * 4);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
