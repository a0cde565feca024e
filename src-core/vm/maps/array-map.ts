import { D_BASE, D_CPU_STRIDE, D_STRIDE, DESCRIPTOR_SIZE, KIND_ARRAY } from '../../jit/abi.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../../uapi/bpf.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import {
  BaseMap,
  type BatchCommand,
  type Bytes,
  currentCpu,
  type ElementCursor,
  type MapAttr,
  newDescriptor,
  nextIndex,
  u32Key,
  type VmMap,
} from './map.ts';

/** BPF_MAP_TYPE_ARRAY and PERCPU_ARRAY: values side by side, made at creation (array_map_ops, Linux 6.18). */
export class ArrayMap extends BaseMap implements VmMap {
  readonly address: number;
  private readonly base: number;
  private readonly elemSize: number;
  private readonly stride: number;
  private readonly size: number;

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    /** 1 for a plain array. */
    private readonly cpus: number,
    address: number,
    base: number,
  ) {
    super();
    this.address = address;
    this.base = base;
    this.elemSize = round8(attr.valueSize);
    this.stride = this.elemSize * cpus;
    this.size = this.stride * attr.maxEntries;
    memory.setU32(address + D_BASE, base);
    memory.setU32(address + D_STRIDE, this.stride);
    memory.setU32(address + D_CPU_STRIDE, cpus > 1 ? this.elemSize : 0);
  }

  static create(memory: VmMemory, attr: MapAttr, cpus: number): ArrayMap | null {
    const address = newDescriptor(memory, KIND_ARRAY, attr);
    if (address === null) return null;
    const base = memory.alloc(round8(attr.valueSize) * cpus * attr.maxEntries);
    if (base !== null) return new ArrayMap(memory, attr, cpus, address, base);
    memory.release(address, DESCRIPTOR_SIZE);
    return null;
  }

  override get footprint(): number {
    return this.size + DESCRIPTOR_SIZE;
  }

  /** Address of value `index`, for direct access from programs (BPF_PSEUDO_MAP_VALUE). */
  valueAddress(index: number): number {
    return this.base + index * this.stride;
  }

  /** Only an array of one element has one (array_map_direct_value_addr()). */
  override directValue(): number | null {
    return this.cpus === 1 && this.attr.maxEntries === 1 ? this.base : null;
  }

  lookup(key: number): number {
    const index = this.memory.u32(key);
    if (index >= this.attr.maxEntries) return 0;
    return this.valueAddress(index) + (this.cpus > 1 ? currentCpu(this.memory) * this.elemSize : 0);
  }

  override lookupOn(cpu: number, key: number): number {
    const index = this.memory.u32(key);
    const there = cpu < this.cpus && index < this.attr.maxEntries;
    return there ? this.valueAddress(index) + cpu * this.elemSize : 0;
  }

  /** bpf_for_each_array_elem(): the keys of a walk share one cell. */
  override elements(): ElementCursor | null {
    const { memory, attr } = this;
    const key = memory.alloc(8);
    if (key === null) return null;
    let index = 0;
    const cursor = {
      key,
      value: 0,
      next: () => {
        if (index >= attr.maxEntries) return false;
        memory.setU32(key, index++);
        cursor.value = this.lookup(key);
        return true;
      },
      close: () => memory.release(key, 8),
    };
    return cursor;
  }

  private refuse(index: number, flags: number): number {
    if (flags > BPF_EXIST) return -EINVAL;
    if (index >= this.attr.maxEntries) return -E2BIG;
    return flags === BPF_NOEXIST ? -EEXIST : 0;
  }

  update(key: number, value: number, flags: number): number {
    const refused = this.refuse(this.memory.u32(key), flags);
    if (refused !== 0) return refused;
    this.memory.bytes.copyWithin(this.lookup(key), value, value + this.attr.valueSize);
    return 0;
  }

  delete(_key: number): number {
    return -EINVAL;
  }

  override keys(): Uint8Array[] {
    return Array.from({ length: this.attr.maxEntries }, (_, i) => u32Key(i));
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return nextIndex(key, this.attr.maxEntries, -ENOENT);
  }
  override readonly batches: readonly BatchCommand[] = ['lookup', 'update'];

  get userValueSize(): number {
    return this.cpus > 1 ? this.stride : this.attr.valueSize;
  }

  read(key: number): Bytes {
    const index = this.memory.u32(key);
    return index >= this.attr.maxEntries
      ? -ENOENT
      : this.memory.slice(this.valueAddress(index), this.userValueSize);
  }

  write(key: number, value: Uint8Array, flags: number): number {
    const index = this.memory.u32(key);
    const refused = this.refuse(index, flags);
    if (refused === 0) this.memory.bytes.set(value.subarray(0, this.userValueSize), this.valueAddress(index));
    return refused;
  }

  dispose(): void {
    this.memory.release(this.base, this.size);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
