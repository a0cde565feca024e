import { E2BIG, EINVAL } from '../uapi/errno.ts';
import type { Runtime } from './runtime.ts';

/** `enum bpf_dynptr_type`. */
export const DYNPTR = { invalid: 0, local: 1, ringbuf: 2, skb: 3, xdp: 4 } as const;
const TYPE_SHIFT = 28;
const TYPE_MASK = 7;
const READ_ONLY = 1 << 31;
const SIZE_MASK = 0xffffff;
export const MAX_DYNPTR_SIZE = SIZE_MASK;

/** struct bpf_dynptr_kern: u64 data, u32 size with type and read-only bit, u32 offset. */
export interface Dynptr {
  readonly data: number;
  readonly size: number;
  readonly type: number;
  readonly readOnly: boolean;
  readonly offset: number;
}

export function readDynptr(rt: Runtime, at: number): Dynptr {
  const word = rt.memory.u32(at + 8);
  return {
    data: rt.memory.u32(at),
    size: word & SIZE_MASK,
    type: (word >>> TYPE_SHIFT) & TYPE_MASK,
    readOnly: (word & READ_ONLY) !== 0,
    offset: rt.memory.u32(at + 12),
  };
}

export function writeDynptr(rt: Runtime, at: number, p: Dynptr): void {
  const { memory } = rt;
  memory.setU32(at, p.data);
  memory.setU32(at + 4, 0);
  memory.setU32(at + 8, (p.size & SIZE_MASK) | (p.type << TYPE_SHIFT) | (p.readOnly ? READ_ONLY : 0));
  memory.setU32(at + 12, p.offset);
}

export const clearDynptr = (rt: Runtime, at: number): void => void rt.memory.bytes.fill(0, at, at + 16);

const isPacket = ({ type }: Dynptr): boolean => type === DYNPTR.skb || type === DYNPTR.xdp;

/** bpf_dynptr_check_off_len(): 0, or an errno. */
export const outside = (p: Dynptr, offset: number, length: number): number =>
  length > p.size || offset > p.size - length ? -E2BIG : 0;

/**
 * Where `length` bytes at an offset lie in memory; null when they do not lie there in one piece. A packet's bytes
 * are all in one piece here.
 */
export function bytesOf(rt: Runtime, p: Dynptr, offset: number, length: number): number | null {
  if (!isPacket(p)) return p.data + p.offset + offset;
  const { packet } = rt;
  if (packet === null || p.offset + offset + length > packet.length) return null;
  return packet.start + p.offset + offset;
}

/** bpf_dynptr_read(dst, len, src, offset, flags) */
export function dynptrRead(rt: Runtime): number {
  const [to, length, at, offset] = [rt.arg(1), rt.arg(2), rt.arg(3), rt.arg(4)];
  const p = readDynptr(rt, at);
  if (p.data === 0 || rt.argU64(5) !== 0) return -EINVAL;
  const refused = outside(p, offset, length);
  if (refused !== 0) return refused;
  const from = bytesOf(rt, p, offset, length);
  if (from === null) return -EINVAL;
  rt.memory.bytes.copyWithin(to, from, from + length);
  return 0;
}

/** bpf_dynptr_write(dst, offset, src, len, flags); only a packet of an skb takes flags. */
export function dynptrWrite(rt: Runtime): number {
  const [at, offset, from, length, flags] = [rt.arg(1), rt.arg(2), rt.arg(3), rt.arg(4), rt.argU64(5)];
  const p = readDynptr(rt, at);
  if (p.data === 0 || p.readOnly) return -EINVAL;
  const refused = outside(p, offset, length);
  if (refused !== 0) return refused;
  const RECOMPUTE_OR_INVALIDATE = 3;
  if (flags > (p.type === DYNPTR.skb ? RECOMPUTE_OR_INVALIDATE : 0)) return -EINVAL;
  const to = bytesOf(rt, p, offset, length);
  if (to === null) return -EINVAL;
  rt.memory.bytes.copyWithin(to, from, from + length);
  return 0;
}

/** bpf_dynptr_data(ptr, offset, len): an address, or 0. */
export function dynptrData(rt: Runtime): number {
  const [at, offset, length] = [rt.arg(1), rt.arg(2), rt.arg(3)];
  const p = readDynptr(rt, at);
  if (p.data === 0 || p.readOnly || isPacket(p) || outside(p, offset, length) !== 0) return 0;
  return bytesOf(rt, p, offset, length) ?? 0;
}

/** bpf_dynptr_slice(ptr, offset, buffer, len): an address, or 0. */
export function dynptrSlice(rt: Runtime, write: boolean): number {
  const [at, offset, length] = [rt.arg(1), rt.arg(2), rt.arg(4)];
  const p = readDynptr(rt, at);
  if (p.data === 0 || (write && p.readOnly) || outside(p, offset, length) !== 0) return 0;
  return bytesOf(rt, p, offset, length) ?? 0;
}
