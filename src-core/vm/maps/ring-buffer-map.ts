import { DESCRIPTOR_SIZE, KIND_OTHER } from '../../jit/abi.ts';
import { ENOTSUPP } from '../../uapi/errno.ts';
import type { VmMemory } from '../memory.ts';
import { round8 } from './descriptor.ts';
import {
  BaseMap,
  type Bytes,
  currentCpu,
  type MapAttr,
  type MapRecord,
  newDescriptor,
  type VmMap,
} from './map.ts';

/** BPF_RINGBUF_HDR_SZ: u32 length and flags, u32 the address of the map's descriptor (the kernel: page offset). */
const HEADER = 8;
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;
/** RINGBUF_MAX_RECORD_SZ. */
const MAX_RECORD = Math.floor(0xffffffff / 4);

/** `enum` of bpf_ringbuf_query(). */
const QUERY = { availableData: 0, ringSize: 1, consumerPosition: 2, producerPosition: 3 } as const;

/**
 * BPF_MAP_TYPE_RINGBUF (kernel/bpf/ringbuf.c, Linux 6.18). Nobody consumes records during a test run, so they
 * stay until the buffer is full and reservations fail; the producer never comes round to the first byte again.
 */
export class RingBufferMap extends BaseMap implements VmMap {
  /** Where the next record's header goes, from the start of the data. */
  private producer = 0;
  /** CPU of each record, in order. */
  private readonly cpus: number[] = [];

  private constructor(
    private readonly memory: VmMemory,
    readonly attr: MapAttr,
    readonly address: number,
    private readonly data: number,
  ) {
    super();
  }

  static create(memory: VmMemory, attr: MapAttr): RingBufferMap | null {
    const address = newDescriptor(memory, KIND_OTHER, attr);
    if (address === null) return null;
    const data = memory.alloc(attr.maxEntries);
    if (data !== null) return new RingBufferMap(memory, attr, address, data);
    memory.release(address, DESCRIPTOR_SIZE);
    return null;
  }

  /** Descriptor of the map that a reserved record belongs to. */
  static ownerOf(memory: VmMemory, sample: number): number {
    return memory.u32(sample - HEADER + 4);
  }

  /** bpf_ringbuf_reserve(): the address of `size` bytes, or 0. */
  reserve(size: number): number {
    if (size > MAX_RECORD) return 0;
    const length = round8(size + HEADER);
    // The producer may be at most one byte less than the size ahead of the consumer, who is at 0.
    if (this.producer + length >= this.attr.maxEntries) return 0;
    const header = this.data + this.producer;
    this.producer += length;
    this.memory.setU32(header, size | BUSY);
    this.memory.setU32(header + 4, this.address);
    this.cpus.push(currentCpu(this.memory));
    return header + HEADER;
  }

  /** bpf_ringbuf_submit() and discard(). */
  commit(sample: number, discard: boolean): void {
    const header = sample - HEADER;
    this.memory.setU32(header, (this.memory.u32(header) ^ BUSY) | (discard ? DISCARDED : 0));
  }

  /** bpf_ringbuf_query(), in bytes; 0 for an unknown question. */
  query(what: number): number {
    switch (what) {
      case QUERY.availableData:
      case QUERY.producerPosition:
        return this.producer;
      case QUERY.ringSize:
        return this.attr.maxEntries;
      default:
        return 0;
    }
  }

  /** Submitted records, as a consumer would get them: those behind one that is still reserved wait. */
  records(): MapRecord[] {
    const out: MapRecord[] = [];
    let position = 0;
    for (const cpu of this.cpus) {
      const header = this.memory.u32(this.data + position);
      if ((header & BUSY) !== 0) break;
      const size = header & ~DISCARDED;
      if ((header & DISCARDED) === 0)
        out.push({ bytes: this.memory.slice(this.data + position + HEADER, size), cpu });
      position += round8(size + HEADER);
    }
    return out;
  }

  readonly userValueSize = 0;
  override get footprint(): number {
    return this.attr.maxEntries + DESCRIPTOR_SIZE;
  }

  lookup(): number {
    return 0;
  }
  update(): number {
    return -ENOTSUPP;
  }
  delete(): number {
    return -ENOTSUPP;
  }
  override nextKey(): Bytes {
    return -ENOTSUPP;
  }
  read(): Bytes {
    return -ENOTSUPP;
  }
  write(): number {
    return -ENOTSUPP;
  }
  dispose(): void {
    this.memory.release(this.data, this.attr.maxEntries);
    this.memory.release(this.address, DESCRIPTOR_SIZE);
  }
}
