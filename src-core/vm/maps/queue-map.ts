import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { BPF_EXIST } from '../../uapi/bpf.ts';
import { E2BIG, EINVAL, ENOENT } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { BaseMap, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** BPF_MAP_TYPE_QUEUE (first in, first out) and STACK (last in, first out): queue_stack_maps.c, Linux 6.18. */
export class QueueMap extends BaseMap implements VmMap {
  private readonly items: Uint8Array[] = [];

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly lifo: boolean,
    readonly address: number,
  ) {
    super();
  }

  static create(memory: VmMemory, attr: MapAttr, lifo: boolean): QueueMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new QueueMap(memory, attr, lifo, address);
  }

  lookup(): number {
    return 0;
  }
  update(): number {
    return -EINVAL;
  }
  delete(): number {
    return -EINVAL;
  }
  override nextKey(): Bytes {
    return -EINVAL;
  }

  private add(value: Uint8Array, flags: number): number {
    // BPF_EXIST means "replace the oldest when full".
    if (flags !== 0 && flags !== BPF_EXIST) return -EINVAL;
    if (this.items.length >= this.attr.maxEntries) {
      if (flags !== BPF_EXIST) return -E2BIG;
      this.items.shift();
    }
    this.items.push(value);
    return 0;
  }

  override push(value: number, flags: number): number {
    return this.add(this.memory.slice(value, this.attr.valueSize), flags);
  }

  private next(remove: boolean): Uint8Array | undefined {
    const at = this.lifo ? this.items.length - 1 : 0;
    const value = this.items[at];
    if (remove && value !== undefined) this.items.splice(at, 1);
    return value;
  }

  private give(to: number, remove: boolean): number {
    const value = this.next(remove);
    // The kernel clears the destination when there is nothing to give.
    this.memory.bytes.set(value ?? new Uint8Array(this.attr.valueSize), to);
    return value === undefined ? -ENOENT : 0;
  }

  override pop(value: number): number {
    return this.give(value, true);
  }
  override peek(value: number): number {
    return this.give(value, false);
  }

  /** All values from the next to be taken on; queues have no keys. */
  values(): readonly Uint8Array[] {
    return this.lifo ? [...this.items].reverse() : this.items;
  }

  get userValueSize(): number {
    return this.attr.valueSize;
  }
  read(): Bytes {
    return this.next(false) ?? -ENOENT;
  }
  override take(): Bytes {
    return this.next(true) ?? -ENOENT;
  }
  write(_key: number, value: Uint8Array, flags: number): number {
    return this.add(value.slice(0, this.attr.valueSize), flags);
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
