import { VmFault } from './fault.ts';
import type { VmMemory } from './memory.ts';
import type { TunnelInfo } from './tunnel-info.ts';

/** Bytes behind the tailroom: a socket buffer grows to BPF_SKB_MAX_LEN, an XDP frame not at all. */
const SPARE = { xdp: 0, skb: 0x8000 } as const;

/**
 * The packet of a run: bytes [start, end) of linear memory between headroom and tailroom, with XDP metadata
 * just before `start`. Helpers that move its edges go through here; whoever owns the context rewrites its
 * pointers in `onMove`.
 */
export class PacketBuffer {
  meta: number;
  start: number;
  end: number;
  private readonly limit: number;
  private readonly buffer: number;
  private readonly size: number;
  /** Where the network header starts; at `start` for a packet whose link-layer header is already pulled. */
  networkStart: number;
  /** What the packet is sent through a tunnel with, or null. */
  tunnel: TunnelInfo | null = null;
  /** Was a header put before its own (skb->encapsulation)? */
  encapsulated = false;
  /** Number of checksums known to be good, less one; null: none (skb->csum_level). */
  checksumLevel: number | null = null;

  constructor(
    private readonly memory: VmMemory,
    data: Uint8Array,
    /** Bytes that adjust_head may take. */
    readonly headroom: number,
    /** Bytes that adjust_tail may take. */
    readonly tailroom: number,
    private readonly onMove: (packet: PacketBuffer) => void,
    /** What the program sees of it: an XDP frame or a socket buffer. */
    readonly kind: 'xdp' | 'skb',
    /** May programs write to it through a dynptr? A socket filter and a cgroup's may not. */
    readonly readOnly = false,
  ) {
    const size = headroom + data.length + tailroom;
    const at = memory.alloc(size + SPARE[kind]);
    if (at === null) throw new VmFault('memory', `no memory for a packet of ${data.length} bytes`);
    this.buffer = at;
    this.size = size + SPARE[kind];
    this.start = at + headroom;
    this.end = this.start + data.length;
    this.meta = this.start;
    this.networkStart = this.start;
    this.limit = this.end + tailroom;
    memory.bytes.set(data, this.start);
    onMove(this);
  }

  /** Bytes between the hard start of the buffer and the data. */
  get headroomLeft(): number {
    return this.start - this.buffer;
  }
  /** Where adjust_tail may grow to. */
  get hardEnd(): number {
    return this.limit;
  }
  get length(): number {
    return this.end - this.start;
  }
  get bytes(): Uint8Array {
    return this.memory.slice(this.start, this.length);
  }

  dispose(): void {
    this.memory.release(this.buffer, this.size);
  }

  /** Moves the three edges and tells the context. */
  move(edges: { readonly meta?: number; readonly start?: number; readonly end?: number }): void {
    this.meta = edges.meta ?? this.meta;
    this.start = edges.start ?? this.start;
    this.end = edges.end ?? this.end;
    this.onMove(this);
  }
}
