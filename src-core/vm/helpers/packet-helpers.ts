import { EINVAL, ENOMEM } from '../maps/map.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';

const EFAULT = 14;
const ETH_HLEN = 14;
/** sizeof(struct xdp_frame), which XDP keeps free before the data (xdp_data_hard_start). */
const XDP_FRAME_SIZE = 40;
const BPF_F_PSEUDO_HDR = 0x10;
const BPF_F_MARK_MANGLED_0 = 0x20;
const BPF_F_HDR_FIELD_MASK = 0xf;

/** The ones' complement sum of `size` bytes at `at`, folded to 32 bits as csum_partial() leaves it. */
function checksum(rt: Runtime, at: number, size: number, seed: number): number {
  let sum = seed >>> 0;
  const { bytes } = rt.memory;
  for (let i = 0; i < size; i += 2) {
    sum += bytes[at + i] | ((i + 1 < size ? bytes[at + i + 1] : 0) << 8);
    if (sum > 0xffffffff) sum = (sum % 0x1_0000_0000) + 1;
  }
  return sum;
}

const add32 = (a: number, b: number): number => {
  const sum = (a >>> 0) + (b >>> 0);
  return sum > 0xffffffff ? (sum % 0x1_0000_0000) + 1 : sum;
};
const fold = (sum: number): number => {
  let s = (sum & 0xffff) + (sum >>> 16);
  s = (s & 0xffff) + (s >>> 16);
  return ~s & 0xffff;
};

/** Replaces one field's part in the 16-bit checksum at `at`: csum_replace(). */
function replaceChecksum(rt: Runtime, at: number, from: number, to: number): void {
  const old = rt.memory.view.getUint16(at, true);
  rt.memory.view.setUint16(at, fold(add32(add32(~old & 0xffff, ~from >>> 0), to)), true);
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
      if (rt.arg(3) !== 0) return -EINVAL;
      rt.memory.view.setUint16(
        at,
        fold(add32(~rt.memory.view.getUint16(at, true) & 0xffff, rt.arg(4))),
        true,
      );
      return 0;
    case 2:
      replaceChecksum(rt, at, rt.arg(3) & 0xffff, rt.arg(4) & 0xffff);
      return 0;
    case 4:
      replaceChecksum(rt, at, rt.arg(3), rt.arg(4));
      return 0;
    default:
      return -EINVAL;
  }
}

function l4Replace(rt: Runtime): number {
  const flags = rt.argU64(5);
  const mangled = (flags & BPF_F_MARK_MANGLED_0) !== 0;
  const at = checksumField(rt, flags, BPF_F_MARK_MANGLED_0 | 0x40 | BPF_F_PSEUDO_HDR | BPF_F_HDR_FIELD_MASK);
  if (at < 0) return at;
  // A UDP checksum of zero means "none" and stays so.
  if (mangled && rt.memory.view.getUint16(at, true) === 0) return 0;
  const result = replaceBySize(rt, at, flags & BPF_F_HDR_FIELD_MASK);
  if (mangled && rt.memory.view.getUint16(at, true) === 0) rt.memory.view.setUint16(at, 0xffff, true);
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
  const [offset, from, size] = [rt.arg(2), rt.arg(3), rt.arg(4)];
  if (offset > 0x7fffffff || offset + size > packet.length) return -EFAULT;
  rt.memory.bytes.copyWithin(packet.start + offset, from, from + size);
  return 0;
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
  if (meta < hardStart + XDP_FRAME_SIZE || meta > packet.start || (size & 3) !== 0 || size > 252)
    return -EINVAL;
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
  intHelper(189, 'bpf_xdp_load_bytes', 4, copyFromPacket),
  intHelper(190, 'bpf_xdp_store_bytes', 4, copyToPacket),
  intHelper(188, 'bpf_xdp_get_buff_len', 1, (rt) => packetOf(rt).length),
  intHelper(10, 'bpf_l3_csum_replace', 5, l3Replace),
  intHelper(11, 'bpf_l4_csum_replace', 5, l4Replace),
  intHelper(28, 'bpf_csum_diff', 5, (rt) => {
    const [from, fromSize, to, toSize, seed] = [rt.arg(1), rt.arg(2), rt.arg(3), rt.arg(4), rt.arg(5)];
    if ((fromSize | toSize) & 3) return -EINVAL;
    const gone = fromSize > 0 ? ~checksum(rt, from, fromSize, 0) >>> 0 : 0;
    const sum = add32(add32(seed, gone), toSize > 0 ? checksum(rt, to, toSize, 0) : 0);
    const folded = ~fold(sum) & 0xffff;
    return folded;
  }),
  intHelper(39, 'bpf_skb_pull_data', 2, (rt) => (rt.arg(2) > packetOf(rt).length ? -ENOMEM : 0)),
  intHelper(44, 'bpf_xdp_adjust_head', 2, adjustHead),
  intHelper(54, 'bpf_xdp_adjust_meta', 2, adjustMeta),
  intHelper(65, 'bpf_xdp_adjust_tail', 2, adjustTail),
];
