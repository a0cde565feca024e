import { D_KIND, KIND_OTHER } from '../../jit/abi.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../../uapi/bpf.ts';
import { E2BIG, EBADF, EEXIST, EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EOVERFLOW } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import type { ArrayMap } from './array-map.ts';
import type { HashMap } from './hash-map.ts';
import { BaseMap, type Bytes, type MapAttr, type VmMap } from './map.ts';

/** The loopback device, the only one of the simulated kernel. */
const LOOPBACK = 1;
const MAX_QUEUE = 16384;

/** What a redirect map's elements are. */
export type RedirectTarget = 'device' | 'cpu' | 'socket';

/**
 * BPF_MAP_TYPE_DEVMAP, DEVMAP_HASH, CPUMAP and XSKMAP (devmap.c, cpumap.c, xskmap.c; Linux 6.18): where
 * bpf_redirect_map() may send a frame. An element is there when a user put one; programs only read. No
 * program can be attached to an element, and no AF_XDP socket can be made.
 */
export class RedirectMap extends BaseMap implements VmMap {
  constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    private readonly target: RedirectTarget,
    private readonly table: ArrayMap | HashMap,
    private readonly cpus: number,
  ) {
    super();
    memory.setU32(table.address + D_KIND, KIND_OTHER);
  }

  get address(): number {
    return this.table.address;
  }
  get userValueSize(): number {
    return this.attr.valueSize;
  }

  /** Address of the value; an empty slot of an array is an absent element. */
  lookup(key: number): number {
    const value = this.table.lookup(key);
    return value !== 0 && this.memory.u32(value) !== 0 ? value : 0;
  }
  update(): number {
    return -EINVAL;
  }

  /** Why the element cannot be put in, or 0. */
  private refuse(key: number, first: number, flags: number): number {
    if (flags > BPF_EXIST) return -EINVAL;
    const index = this.memory.u32(key);
    const bounded = 'valueAddress' in this.table;
    if (bounded && index >= this.attr.maxEntries) return -E2BIG;
    // An AF_XDP socket is looked for before the place is.
    if (bounded && flags === BPF_NOEXIST && this.target !== 'socket') return -EEXIST;
    switch (this.target) {
      case 'device':
        return first === LOOPBACK || (first === 0 && bounded) ? 0 : -EINVAL;
      case 'cpu':
        if (first > MAX_QUEUE) return -EOVERFLOW;
        return index < this.cpus ? 0 : -ENODEV;
      case 'socket':
        return -EBADF;
    }
  }

  write(key: number, value: Uint8Array, flags: number): number {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const first = view.getUint32(0, true);
    // Programs of elements are not simulated.
    if (value.length >= 8 && view.getInt32(4, true) > 0) return -EOPNOTSUPP;
    const refused = this.refuse(key, first, flags);
    return refused === 0 ? this.table.write(key, value, flags) : refused;
  }

  delete(key: number): number {
    if (!('valueAddress' in this.table)) return this.table.delete(key);
    if (this.memory.u32(key) >= this.attr.maxEntries) return -EINVAL;
    return this.table.write(key, new Uint8Array(this.attr.valueSize), 0);
  }

  override keys(): Uint8Array[] {
    return this.table.keys();
  }
  override nextKey(key: Uint8Array | null): Bytes {
    return this.table.nextKey(key);
  }
  read(key: number): Bytes {
    if (this.target === 'socket') return -EOPNOTSUPP;
    return this.lookup(key) === 0 ? -ENOENT : this.table.read(key);
  }
  override get footprint(): number {
    return this.table.footprint;
  }

  dispose(): void {
    this.table.dispose();
  }
}
