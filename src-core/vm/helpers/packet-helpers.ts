import { EINVAL, ENOMEM } from '../../uapi/errno.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';

const EACCES = 13;
const EFAULT = 14;
const ETH_HLEN = 14;
/** sizeof(struct xdp_frame), which XDP keeps free before the data (xdp_data_hard_start). */
const XDP_FRAME_SIZE = 40;
const BPF_F_PSEUDO_HDR = 0x10;
const BPF_F_MARK_MANGLED_0 = 0x20;
const BPF_F_MARK_ENFORCE = 0x40;
const BPF_F_IPV6 = 0x80;
const BPF_F_HDR_FIELD_MASK = 0xf;
const L4_FLAGS =
  BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | BPF_F_IPV6 | BPF_F_HDR_FIELD_MASK;
/** BPF_F_RECOMPUTE_CSUM and BPF_F_INVALIDATE_HASH: neither shows in a test run. */
const STORE_FLAGS = 3;
/** Longest offset and length that XDP's copies take. */
const XDP_MAX = 0xffff;

const TWO32 = 0x1_0000_0000;

/** csum_add(): ones' complement sum of 32 bits. */
const add32 = (a: number, b: number): number => {
  const sum = (a >>> 0) + (b >>> 0);
  return sum >= TWO32 ? (sum % TWO32) + 1 : sum;
};
const sub32 = (a: number, b: number): number => add32(a, ~b);
/** csum_from32to16() */
const to16 = (sum: number): number => add32(sum, (sum >>> 16) | (sum << 16)) >>> 16;
const fold = (sum: number): number => ~to16(sum) & 0xffff;

/**
 * csum_partial() of x86-64: words of 64 bits are summed with end-around carry, then the halves. Zero has two
 * forms in ones' complement, so the width shows in the result.
 */
function checksum(rt: Runtime, at: number, size: number, seed: number): number {
  const { bytes } = rt.memory;
  const halves = [seed >>> 0, 0];
  for (let i = 0; i < size; i++) halves[(i >> 2) & 1] += bytes[at + i] * 2 ** (8 * (i & 3));
  let [lo, hi] = halves;
  hi += Math.floor(lo / TWO32);
  lo = (lo % TWO32) + Math.floor(hi / TWO32);
  hi = (hi % TWO32) + Math.floor(lo / TWO32);
  return add32(hi, lo % TWO32);
}

/** csum_replace4(): 32 bits at once. */
function replaceChecksum4(rt: Runtime, at: number, from: number, to: number): void {
  const { view } = rt.memory;
  view.setUint16(at, fold(add32(sub32(~view.getUint16(at, true), from), to)), true);
}

/** csum_replace2(): 16-bit arithmetic throughout. */
function replaceChecksum2(rt: Runtime, at: number, from: number, to: number): void {
  const { view } = rt.memory;
  const add16 = (a: number, b: number): number => {
    const sum = (a & 0xffff) + (b & 0xffff);
    return sum > 0xffff ? (sum & 0xffff) + 1 : sum;
  };
  view.setUint16(at, ~add16(add16(~view.getUint16(at, true), ~from), to) & 0xffff, true);
}

/** bpf_csum_diff(), the result folded to 16 bits since Linux 6.13. */
function csumDiff(rt: Runtime): number {
  const [from, fromSize, to, toSize, seed] = [rt.arg(1), rt.arg(2), rt.arg(3), rt.arg(4), rt.arg(5)];
  if (fromSize > 0 && toSize > 0)
    return to16(sub32(checksum(rt, to, toSize, seed), checksum(rt, from, fromSize, 0)));
  if (toSize > 0) return to16(checksum(rt, to, toSize, seed));
  return to16(fromSize > 0 ? ~checksum(rt, from, fromSize, ~seed) >>> 0 : seed);
}

/** Offset of a 16-bit checksum field, or an errno. */
function checksumField(rt: Runtime, flags: number, allowed: number): number {
  const packet = packetOf(rt);
  const offset = rt.arg(2);
  if ((flags & ~allowed) !== 0) return -EINVAL;
  if (offset > 0xffff || (offset & 1) !== 0 || offset + 2 > packet.length) return -EFAULT;
  return packet.start + offset;
}

function l3Replace(rt: Runtime): number {
  const flags = rt.argU64(5);
  const at = checksumField(rt, flags, BPF_F_HDR_FIELD_MASK);
  if (at < 0) return at;
  return replaceBySize(rt, at, flags & BPF_F_HDR_FIELD_MASK);
}

function replaceBySize(rt: Runtime, at: number, size: number): number {
  switch (size) {
    case 0:
      if (rt.arg(3) !== 0 || rt.argHi(3) !== 0) return -EINVAL;
      replaceChecksum4(rt, at, 0, rt.arg(4));
      return 0;
    case 2:
      replaceChecksum2(rt, at, rt.arg(3), rt.arg(4));
      return 0;
    case 4:
      replaceChecksum4(rt, at, rt.arg(3), rt.arg(4));
      return 0;
    default:
      return -EINVAL;
  }
}

function l4Replace(rt: Runtime): number {
  const flags = rt.argU64(5);
  const mangled = (flags & BPF_F_MARK_MANGLED_0) !== 0;
  const at = checksumField(rt, flags, L4_FLAGS);
  if (at < 0) return at;
  // A UDP checksum of zero means "none" and stays so.
  if (mangled && (flags & BPF_F_MARK_ENFORCE) === 0 && rt.memory.view.getUint16(at, true) === 0) return 0;
  const result = replaceBySize(rt, at, flags & BPF_F_HDR_FIELD_MASK);
  if (result === 0 && mangled && rt.memory.view.getUint16(at, true) === 0)
    rt.memory.view.setUint16(at, 0xffff, true);
  return result;
}

function copyFromPacket(rt: Runtime): number {
  const packet = packetOf(rt);
  const [offset, to, size] = [rt.arg(2), rt.arg(3), rt.arg(4)];
  if (offset > 0x7fffffff || offset + size > packet.length) {
    rt.memory.bytes.fill(0, to, to + size);
    return -EFAULT;
  }
  rt.memory.bytes.copyWithin(to, packet.start + offset, packet.start + offset + size);
  return 0;
}

function copyToPacket(rt: Runtime): number {
  const packet = packetOf(rt);
  if (rt.argU64(5) > STORE_FLAGS) return -EINVAL;
  const [offset, from, size] = [rt.arg(2), rt.arg(3), rt.arg(4)];
  if (offset > 0x7fffffff || offset + size > packet.length) return -EFAULT;
  rt.memory.bytes.copyWithin(packet.start + offset, from, from + size);
  return 0;
}

/** Why bpf_xdp_pointer() refuses a span of the frame, or 0. */
function xdpRefuses(rt: Runtime): number {
  const [offset, size] = [rt.arg(2), rt.arg(4)];
  if (offset > XDP_MAX || size > XDP_MAX) return -EFAULT;
  return offset + size > packetOf(rt).length ? -EINVAL : 0;
}

function copyFromFrame(rt: Runtime): number {
  const at = packetOf(rt).start + rt.arg(2);
  const refused = xdpRefuses(rt);
  if (refused === 0) rt.memory.bytes.copyWithin(rt.arg(3), at, at + rt.arg(4));
  return refused;
}

function copyToFrame(rt: Runtime): number {
  const refused = xdpRefuses(rt);
  if (refused === 0)
    rt.memory.bytes.copyWithin(packetOf(rt).start + rt.arg(2), rt.arg(3), rt.arg(3) + rt.arg(4));
  return refused;
}

function adjustHead(rt: Runtime): number {
  const packet = packetOf(rt);
  const metaSize = packet.start - packet.meta;
  const start = packet.start + rt.argS32(2);
  const hardStart = packet.start - packet.headroomLeft;
  if (start < hardStart + XDP_FRAME_SIZE + metaSize || start > packet.end - ETH_HLEN) return -EINVAL;
  if (metaSize > 0) rt.memory.bytes.copyWithin(start - metaSize, packet.meta, packet.start);
  packet.move({ start, meta: start - metaSize });
  return 0;
}

function adjustMeta(rt: Runtime): number {
  const packet = packetOf(rt);
  const meta = packet.meta + rt.argS32(2);
  const size = packet.start - meta;
  const hardStart = packet.start - packet.headroomLeft;
  if (meta < hardStart + XDP_FRAME_SIZE || meta > packet.start) return -EINVAL;
  if ((size & 3) !== 0 || size > 252) return -EACCES;
  packet.move({ meta });
  return 0;
}

function adjustTail(rt: Runtime): number {
  const packet = packetOf(rt);
  const end = packet.end + rt.argS32(2);
  if (end > packet.hardEnd || end < packet.start + ETH_HLEN) return -EINVAL;
  if (end > packet.end) rt.memory.bytes.fill(0, packet.end, end);
  packet.move({ end });
  return 0;
}

/** Packet access for skb and XDP programs (net/core/filter.c, Linux 6.18). */
export const PACKET_HELPERS = [
  intHelper(9, 'bpf_skb_store_bytes', 5, copyToPacket),
  intHelper(26, 'bpf_skb_load_bytes', 4, copyFromPacket),
  intHelper(189, 'bpf_xdp_load_bytes', 4, copyFromFrame),
  intHelper(190, 'bpf_xdp_store_bytes', 4, copyToFrame),
  intHelper(188, 'bpf_xdp_get_buff_len', 1, (rt) => packetOf(rt).length),
  intHelper(10, 'bpf_l3_csum_replace', 5, l3Replace),
  intHelper(11, 'bpf_l4_csum_replace', 5, l4Replace),
  intHelper(28, 'bpf_csum_diff', 5, csumDiff),
  intHelper(39, 'bpf_skb_pull_data', 2, (rt) => (rt.arg(2) > packetOf(rt).length ? -ENOMEM : 0)),
  intHelper(44, 'bpf_xdp_adjust_head', 2, adjustHead),
  intHelper(54, 'bpf_xdp_adjust_meta', 2, adjustMeta),
  intHelper(65, 'bpf_xdp_adjust_tail', 2, adjustTail),
];
