import { D_KIND, KIND_OTHER } from '../../jit/abi.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import { BPF_ANY } from '../../uapi/bpf.ts';
import { E2BIG, EINVAL, ENOENT, ENOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import type { ArrayMap } from './array-map.ts';
import type { HashMap } from './hash-map.ts';
import { BaseMap, type BatchCommand, type Bytes, type MapAttr, u32Key, type VmMap } from './map.ts';

/**
 * A map whose elements are other objects: prog array, cgroup array, array and hash of maps. The table below holds
 * one u32 an element, the number that programs see: an address or an id (0: empty). Which object a file
 * descriptor stands for is the system call's to say, so `write` takes that number.
 */
export class ReferenceMap extends BaseMap implements VmMap {
  override readonly batches: readonly BatchCommand[];

  constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly table: ArrayMap | HashMap,
    batches: readonly BatchCommand[],
  ) {
    super();
    memory.setU32(table.address + D_KIND, KIND_OTHER);
    this.batches = batches;
  }

  get address(): number {
    return this.table.address;
  }
  override get footprint(): number {
    return this.table.footprint;
  }
  private get isArray(): boolean {
    return 'valueAddress' in this.table;
  }

  lookup(key: number): number {
    const slot = this.table.lookup(key);
    return slot === 0 ? 0 : this.memory.u32(slot);
  }
  update(): number {
    return -EINVAL;
  }
  delete(): number {
    return -EINVAL;
  }

  /** Why no object can be put at a key, or 0: asked before the descriptor is looked at. */
  refusesPlace(key: number, flags: number): number {
    if (!this.isArray) return 0;
    if (flags !== BPF_ANY) return -EINVAL;
    return this.memory.u32(key) >= this.attr.maxEntries ? -E2BIG : 0;
  }

  override remove(key: number): number {
    if (!this.isArray) return this.table.delete(key);
    if (this.memory.u32(key) >= this.attr.maxEntries) return -E2BIG;
    return this.lookup(key) === 0 ? -ENOENT : this.table.write(key, u32Key(0), BPF_ANY);
  }
  override keys(): Uint8Array[] {
    return this.table.keys();
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return this.table.nextKey(key);
  }

  readonly userValueSize = 4;

  read(key: number): Bytes {
    // A cgroup's number is not told (no map_fd_sys_lookup_elem).
    if (this.attr.type === BPF_MAP_TYPE.cgroup_array) return -ENOTSUPP;
    const number = this.lookup(key);
    return number === 0 ? -ENOENT : u32Key(number);
  }
  override take(): Bytes {
    return -ENOTSUPP;
  }
  write(key: number, value: Uint8Array, flags: number): number {
    return this.table.write(key, value, flags);
  }
  dispose(): void {
    this.table.dispose();
  }
}
