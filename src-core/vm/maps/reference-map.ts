import { D_KIND, KIND_OTHER } from '../../jit/abi.ts';
import type { VmMemory } from '../memory.ts';
import type { ArrayMap } from './array-map.ts';

import type { HashMap } from './hash-map.ts';
import { BaseMap, EINVAL, ENOENT, type MapAttr, type VmMap } from './map.ts';

/**
 * A map whose values are other objects: prog array, array and hash of maps. The table below holds one u32 an
 * element, the object's address or handle (0: empty); programs see that number, not its place.
 */
export class ReferenceMap extends BaseMap implements VmMap {
  constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly table: ArrayMap | HashMap,
  ) {
    super();
    memory.setU32(table.address + D_KIND, KIND_OTHER);
  }

  get address(): number {
    return this.table.address;
  }

  lookup(key: number): number {
    const slot = this.table.lookup(key);
    return slot === 0 ? 0 : this.memory.u32(slot);
  }

  update(): number {
    return -EINVAL;
  }

  /** Empties the element; an empty array slot counts as absent. */
  delete(key: number): number {
    if (this.lookup(key) === 0) return -ENOENT;
    return this.attr.keySize === 4 && 'valueAddress' in this.table
      ? this.table.write(key, new Uint8Array(4), 0)
      : this.table.delete(key);
  }

  keys(): Uint8Array[] {
    return this.table.keys();
  }

  readonly userValueSize = 4;

  read(key: number): Uint8Array | null {
    return this.lookup(key) === 0 ? null : this.table.read(key);
  }

  write(key: number, value: Uint8Array, flags: number): number {
    return this.table.write(key, value, flags);
  }

  dispose(): void {
    this.table.dispose();
  }
}
