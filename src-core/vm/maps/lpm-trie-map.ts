import { D_BASE, DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../../uapi/bpf.ts';
import { EEXIST, EINVAL, ENOENT, ENOMEM, ENOSPC } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import { BaseMap, type BatchCommand, type Bytes, type MapAttr, newDescriptor, type VmMap } from './map.ts';

/** A node in linear memory: u32 children of bit 0 and 1, u32 inner (1: holds no element), the key, the value. */
const N_CHILD = 0;
const N_INNER = 8;
const N_KEY = 12;
/** struct bpf_lpm_trie_key: the u32 prefix length stands before the bits. */
const KEY_DATA = 4;

/**
 * BPF_MAP_TYPE_LPM_TRIE: longest prefix wins (lpm_trie.c, Linux 6.18). A key is a u32 prefix length and the
 * address bytes in network order. Nodes are elements and the forks between them; each has a longer prefix than its
 * parent and agrees with it.
 */
export class LpmTrieMap extends BaseMap implements VmMap {
  override readonly batches: readonly BatchCommand[] = ['lookup', 'update', 'delete'];
  /** Address of the word that holds the root. */
  private readonly root: number;
  private readonly valueAt: number;
  private readonly nodeSize: number;
  private readonly maxBits: number;
  private count = 0;
  private nodes = 0;
  /** Nodes to be used again: a program may still hold a pointer into one. */
  private readonly spare: number[] = [];

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
  ) {
    super();
    this.root = address + D_BASE;
    this.valueAt = round8(N_KEY + attr.keySize);
    this.nodeSize = this.valueAt + round8(attr.valueSize);
    this.maxBits = (attr.keySize - KEY_DATA) * 8;
  }

  static create(memory: VmMemory, attr: MapAttr): LpmTrieMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    return address === null ? null : new LpmTrieMap(memory, attr, address);
  }

  override get footprint(): number {
    return DESCRIPTOR_SIZE + (this.nodes + this.spare.length) * this.nodeSize;
  }

  private bits(key: number): number {
    return this.memory.u32(key);
  }
  private bitOf(key: number, index: number): 0 | 1 {
    return ((this.memory.bytes[key + KEY_DATA + (index >> 3)] >> (7 - (index & 7))) & 1) as 0 | 1;
  }
  private childSlot(node: number, bit: 0 | 1): number {
    return node + N_CHILD + bit * 4;
  }

  /** Bits in which two keys agree, at most the shorter one's length (longest_prefix_match()). */
  private common(a: number, b: number): number {
    const { bytes } = this.memory;
    const limit = Math.min(this.bits(a), this.bits(b));
    for (let i = 0; i * 8 < limit; i++) {
      const differ = bytes[a + KEY_DATA + i] ^ bytes[b + KEY_DATA + i];
      if (differ !== 0) return Math.min(limit, i * 8 + Math.clz32(differ) - 24);
    }
    return limit;
  }

  lookup(key: number): number {
    if (this.bits(key) > this.maxBits) return 0;
    let found = 0;
    for (let node = this.memory.u32(this.root); node !== 0; ) {
      const prefix = this.bits(node + N_KEY);
      if (this.common(node + N_KEY, key) < prefix) break;
      if (this.memory.u32(node + N_INNER) === 0) found = node;
      if (prefix === this.maxBits) break;
      node = this.memory.u32(this.childSlot(node, this.bitOf(key, prefix)));
    }
    return found === 0 ? 0 : found + this.valueAt;
  }

  /** The way down to where a key belongs: words that hold the nodes passed, the last one its own place. */
  private pathTo(key: number): number[] {
    const path = [this.root];
    for (;;) {
      const slot = path[path.length - 1];
      const node = this.memory.u32(slot);
      if (node === 0) return path;
      const prefix = this.bits(node + N_KEY);
      if (this.common(node + N_KEY, key) !== prefix || prefix === this.bits(key)) return path;
      path.push(this.childSlot(node, this.bitOf(key, prefix)));
    }
  }

  private newNode(key: number, bits: number): number | null {
    const { memory } = this;
    const node = this.spare.pop() ?? memory.alloc(this.nodeSize);
    if (node === null) return null;
    this.nodes++;
    memory.bytes.fill(0, node, node + N_KEY);
    memory.bytes.copyWithin(node + N_KEY, key, key + this.attr.keySize);
    memory.setU32(node + N_KEY, bits);
    return node;
  }
  private free(node: number): void {
    this.nodes--;
    this.spare.push(node);
  }

  /** trie_check_add_elem() */
  private refuseNew(flags: number): number {
    if (flags === BPF_EXIST) return -ENOENT;
    return this.count === this.attr.maxEntries ? -ENOSPC : 0;
  }

  private put(key: number, flags: number, fill: (value: number) => void): number {
    const { memory } = this;
    const bits = this.bits(key);
    if (flags > BPF_EXIST || bits > this.maxBits) return -EINVAL;
    const slot = this.pathTo(key).at(-1) ?? this.root;
    const there = memory.u32(slot);
    const common = there === 0 ? 0 : this.common(there + N_KEY, key);
    const same = there !== 0 && common === this.bits(there + N_KEY);
    const element = same && memory.u32(there + N_INNER) === 0;
    const refused = element ? (flags === BPF_NOEXIST ? -EEXIST : 0) : this.refuseNew(flags);
    if (refused !== 0) return refused;
    const node = this.newNode(key, bits);
    if (node === null) return -ENOMEM;
    if (!this.attach(slot, node, { there, same, common })) return -ENOMEM;
    fill(node + this.valueAt);
    if (!element) this.count++;
    return 0;
  }

  /** Puts a node where another one is: in its place, above it, or beside it under a fork. */
  private attach(
    slot: number,
    node: number,
    { there, same, common }: { readonly there: number; readonly same: boolean; readonly common: number },
  ): boolean {
    const { memory } = this;
    if (same) {
      for (const bit of [0, 1] as const)
        memory.setU32(this.childSlot(node, bit), memory.u32(this.childSlot(there, bit)));
      this.free(there);
    } else if (there !== 0 && common === this.bits(node + N_KEY)) {
      memory.setU32(this.childSlot(node, this.bitOf(there + N_KEY, common)), there);
    } else if (there !== 0) {
      const fork = this.newNode(there + N_KEY, common);
      if (fork === null) {
        this.free(node);
        return false;
      }
      const bit = this.bitOf(node + N_KEY, common);
      memory.setU32(fork + N_INNER, 1);
      memory.setU32(this.childSlot(fork, bit), node);
      memory.setU32(this.childSlot(fork, bit === 0 ? 1 : 0), there);
      memory.setU32(slot, fork);
      return true;
    }
    memory.setU32(slot, node);
    return true;
  }

  update(key: number, value: number, flags: number): number {
    return this.put(key, flags, (at) => this.memory.bytes.copyWithin(at, value, value + this.attr.valueSize));
  }

  delete(key: number): number {
    const { memory } = this;
    if (this.bits(key) > this.maxBits) return -EINVAL;
    const path = this.pathTo(key);
    const slot = path[path.length - 1];
    const node = memory.u32(slot);
    if (node === 0 || !this.isElement(node, key)) return -ENOENT;
    this.count--;
    const [left, right] = [0, 1].map((bit) => memory.u32(this.childSlot(node, bit as 0 | 1)));
    if (left !== 0 && right !== 0) {
      memory.setU32(node + N_INNER, 1);
      return 0;
    }
    const above = path.length > 1 ? path[path.length - 2] : null;
    const parent = above === null ? 0 : memory.u32(above);
    if (above !== null && left === 0 && right === 0 && memory.u32(parent + N_INNER) === 1) {
      // A fork with one way left is none.
      const other = slot === this.childSlot(parent, 0) ? 1 : 0;
      memory.setU32(above, memory.u32(this.childSlot(parent, other)));
      this.free(parent);
    } else {
      memory.setU32(slot, left === 0 ? right : left);
    }
    this.free(node);
    return 0;
  }
  private isElement(node: number, key: number): boolean {
    const bits = this.bits(key);
    const exact = this.bits(node + N_KEY) === bits && this.common(node + N_KEY, key) === bits;
    return exact && this.memory.u32(node + N_INNER) === 0;
  }

  /** Elements in postorder, as trie_get_next_key() gives them: longer prefixes before the shorter ones above. */
  private walk(node: number, visit: (node: number) => void): void {
    if (node === 0) return;
    this.walk(this.memory.u32(this.childSlot(node, 0)), visit);
    this.walk(this.memory.u32(this.childSlot(node, 1)), visit);
    visit(node);
  }
  override keys(): Uint8Array[] {
    const keys: Uint8Array[] = [];
    this.walk(this.memory.u32(this.root), (node) => {
      if (this.memory.u32(node + N_INNER) === 0)
        keys.push(this.memory.slice(node + N_KEY, this.attr.keySize));
    });
    return keys;
  }

  /** Whether two keys name the same prefix; bits behind it do not count. */
  private samePrefix(a: Uint8Array, b: Uint8Array): boolean {
    const bits = a[0] | (a[1] << 8);
    const whole = KEY_DATA + (bits >> 3);
    for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
    return (bits & 7) === 0 || ((a[whole] ^ b[whole]) & (0xff00 >> (bits & 7)) & 0xff) === 0;
  }
  override nextKey(key: Uint8Array | null): Bytes {
    const keys = this.keys();
    if (keys.length === 0) return -ENOENT;
    const at = key === null ? -1 : keys.findIndex((k) => this.samePrefix(k, key));
    return keys[at + 1] ?? -ENOENT;
  }

  get userValueSize(): number {
    return this.attr.valueSize;
  }
  read(key: number): Bytes {
    const at = this.lookup(key);
    return at === 0 ? -ENOENT : this.memory.slice(at, this.attr.valueSize);
  }
  write(key: number, value: Uint8Array, flags: number): number {
    return this.put(key, flags, (at) => this.memory.bytes.set(value.subarray(0, this.attr.valueSize), at));
  }
  dispose(): void {
    this.walk(this.memory.u32(this.root), (node) => this.memory.release(node, this.nodeSize));
    for (const node of this.spare) this.memory.release(node, this.nodeSize);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
