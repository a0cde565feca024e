import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import {
  BaseMap,
  BPF_EXIST,
  BPF_NOEXIST,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOMEM,
  ENOSPC,
  type MapAttr,
  newDescriptor,
  type VmMap,
} from './map.ts';

interface Prefix {
  readonly key: Uint8Array;
  readonly bits: number;
  /** Address of the value. */
  readonly at: number;
}

/** Do the first `bits` bits of two addresses agree? */
function samePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 4; i < 4 + whole; i++) if (a[i] !== b[i]) return false;
  const rest = bits & 7;
  return rest === 0 || ((a[4 + whole] ^ b[4 + whole]) & (0xff << (8 - rest)) & 0xff) === 0;
}

/**
 * BPF_MAP_TYPE_LPM_TRIE: longest prefix wins (lpm_trie.c, Linux 6.18). A key is a u32 prefix length and the
 * address bytes in network order. Prefixes are kept sorted, longest first, so the first match is the answer.
 */
export class LpmTrieMap extends BaseMap implements VmMap {
  private prefixes: Prefix[] = [];

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    super();
  }

  static create(memory: VmMemory, attr: MapAttr): LpmTrieMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new LpmTrieMap(memory, attr, address);
  }

  private keyAt(at: number): { key: Uint8Array; bits: number } {
    return { key: this.memory.slice(at, this.attr.keySize), bits: this.memory.u32(at) };
  }

  private get maxBits(): number {
    return (this.attr.keySize - 4) * 8;
  }

  private exact(key: Uint8Array, bits: number): Prefix | undefined {
    return this.prefixes.find((p) => p.bits === bits && samePrefix(p.key, key, bits));
  }

  lookup(at: number): number {
    const { key, bits } = this.keyAt(at);
    if (bits > this.maxBits) return 0;
    return this.prefixes.find((p) => p.bits <= bits && samePrefix(p.key, key, p.bits))?.at ?? 0;
  }

  private put(at: number, value: Uint8Array, flags: number): number {
    const { key, bits } = this.keyAt(at);
    if (flags > BPF_EXIST || bits > this.maxBits) return -EINVAL;
    const there = this.exact(key, bits);
    if (there !== undefined && flags === BPF_NOEXIST) return -EEXIST;
    if (there === undefined && flags === BPF_EXIST) return -ENOENT;
    if (there === undefined && this.prefixes.length >= this.attr.maxEntries) return -ENOSPC;
    const slot = there?.at ?? this.memory.alloc(round8(this.attr.valueSize));
    if (slot === null) return -ENOMEM;
    this.memory.bytes.set(value, slot);
    // A new node takes the place of the old one, and with it the bits of the key behind the prefix.
    const others = this.prefixes.filter((p) => p !== there);
    this.prefixes = [...others, { key, bits, at: slot }].sort((a, b) => b.bits - a.bits);
    return 0;
  }

  update(key: number, value: number, flags: number): number {
    return this.put(key, this.memory.slice(value, this.attr.valueSize), flags);
  }

  delete(at: number): number {
    const { key, bits } = this.keyAt(at);
    if (bits > this.maxBits) return -EINVAL;
    const there = this.exact(key, bits);
    if (there === undefined) return -ENOENT;
    this.prefixes = this.prefixes.filter((p) => p !== there);
    this.memory.release(there.at, round8(this.attr.valueSize));
    return 0;
  }

  keys(): Uint8Array[] {
    return this.prefixes.map((p) => p.key);
  }
  get userValueSize(): number {
    return this.attr.valueSize;
  }
  read(key: number): Uint8Array | null {
    const at = this.lookup(key);
    return at === 0 ? null : this.memory.slice(at, this.attr.valueSize);
  }
  write(key: number, value: Uint8Array, flags: number): number {
    return this.put(key, value.subarray(0, this.attr.valueSize), flags);
  }
  dispose(): void {
    for (const p of this.prefixes) this.memory.release(p.at, round8(this.attr.valueSize));
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
