import { DESCRIPTOR_SIZE, HASH_MULTIPLIER, KIND_OTHER } from '../../jit/abi.ts';
import { EINVAL, ENOENT, ENOMEM, EOPNOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { hashKey } from './descriptor.ts';
import { BaseMap, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** Hash functions when the map's creator names no number. */
const HASHES = 5;
const MAX_BITS = 2 ** 31;

/**
 * BPF_MAP_TYPE_BLOOM_FILTER (bloom_filter.c, Linux 6.18): a pushed value is always found, another one seldom.
 * The kernel seeds its hash at random, so which other ones are found is nobody's to know. It always takes
 * five hash functions.
 */
export class BloomMap extends BaseMap implements VmMap {
  private readonly bits: Uint8Array;
  private readonly mask: number;

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    super();
    // 7/5 bits for each hash of each element.
    const wanted = Math.floor((attr.maxEntries * HASHES) / 5) * 7;
    let count = 64;
    while (count < wanted && count < MAX_BITS) count *= 2;
    this.bits = new Uint8Array(count / 8);
    this.mask = count - 1;
  }

  static create(memory: VmMemory, attr: MapAttr): BloomMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new BloomMap(memory, attr, address);
  }

  /** Numbers of the bits that stand for the value at an address. */
  private bitsOf(value: number): number[] {
    const hash = hashKey(this.memory.view, value, this.attr.valueSize);
    return Array.from({ length: HASHES }, (_, i) => {
      const mixed = Math.imul(hash ^ (i + 1), HASH_MULTIPLIER);
      return ((mixed ^ (mixed >>> 15)) & this.mask) >>> 0;
    });
  }

  override push(value: number, flags: number): number {
    if (flags !== 0) return -EINVAL;
    for (const bit of this.bitsOf(value)) this.bits[bit >>> 3] |= 1 << (bit & 7);
    return 0;
  }
  override peek(value: number): number {
    const found = this.bitsOf(value).every((bit) => (this.bits[bit >>> 3] & (1 << (bit & 7))) !== 0);
    return found ? 0 : -ENOENT;
  }
  override pop(): number {
    return -EOPNOTSUPP;
  }

  get userValueSize(): number {
    return this.attr.valueSize;
  }
  lookup(): number {
    return 0;
  }
  update(): number {
    return -EINVAL;
  }
  delete(): number {
    return -EOPNOTSUPP;
  }
  read(): Bytes {
    return -EINVAL;
  }
  /** BPF_MAP_UPDATE_ELEM without a key pushes. */
  write(_key: number, value: Uint8Array, flags: number): number {
    const at = this.memory.alloc(value.length);
    if (at === null) return -ENOMEM;
    this.memory.bytes.set(value, at);
    const result = this.push(at, flags);
    this.memory.release(at, value.length);
    return result;
  }
  dispose(): void {
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
