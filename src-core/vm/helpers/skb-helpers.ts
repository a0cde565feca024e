import { EINVAL } from '../../uapi/errno.ts';
import type { PacketBuffer } from '../packet.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';

const EACCES = 13;
const EFAULT = 14;
const ETH_HLEN = 14;
/** ENOTSUPP of the kernel, which no user space header has. */
const ENOTSUPP = 524;
/** BPF_SKB_MAX_LEN: SKB_MAX_ALLOC with 4 KiB pages. */
const MAX_LENGTH = 16384 - 320;
/** Offsets in `struct __sk_buff` of what helpers change; r1 is the context. */
const PKT_TYPE = 4;
const HASH = 68;
/** PACKET_OTHERHOST, the last of the types that bpf_skb_change_type() takes. */
const LAST_PACKET_TYPE = 3;
const MAX_CHECKSUM_LEVEL = 3;
const CSUM_LEVEL = { query: 0, inc: 1, dec: 2, reset: 3 } as const;

/** bpf_skb_change_tail(skb, len, flags): new bytes are zero. The network header cannot be cut into. */
function changeTail(rt: Runtime): number {
  const packet = packetOf(rt);
  const length = rt.arg(2);
  const least = packet.networkStart - packet.start;
  if (rt.argU64(3) !== 0 || length > MAX_LENGTH || length < least) return -EINVAL;
  const end = packet.start + length;
  if (end > packet.end) rt.memory.bytes.fill(0, packet.end, end);
  packet.move({ end });
  return 0;
}

/** bpf_skb_change_head(skb, bytes, flags): zero bytes before the first one. */
function changeHead(rt: Runtime): number {
  const packet = packetOf(rt);
  const more = rt.argS32(2);
  if (rt.argU64(3) !== 0 || more < 0 || packet.length + more > MAX_LENGTH) return -EINVAL;
  const start = makeHeadroom(rt, packet, more) - more;
  rt.memory.bytes.fill(0, start, start + more);
  packet.move({ start, meta: start });
  return 0;
}

/** skb_cow(): moves the packet up when less than `bytes` are free before it; returns where it starts. */
export function makeHeadroom(rt: Runtime, packet: PacketBuffer, bytes: number): number {
  const up = bytes - packet.headroomLeft;
  if (up <= 0) return packet.start;
  rt.memory.bytes.copyWithin(packet.start + up, packet.start, packet.end);
  packet.networkStart += up;
  packet.move({ start: packet.start + up, end: packet.end + up });
  return packet.start;
}

/** bpf_csum_level(): the packet of a test run has no validated checksum at first. */
function checksumLevel(rt: Runtime): number {
  const packet = packetOf(rt);
  const level = packet.checksumLevel;
  switch (rt.argU64(2)) {
    case CSUM_LEVEL.query:
      return level ?? -EACCES;
    case CSUM_LEVEL.inc:
      packet.checksumLevel = level === null ? 0 : Math.min(MAX_CHECKSUM_LEVEL, level + 1);
      return 0;
    case CSUM_LEVEL.dec:
      packet.checksumLevel = level === null || level === 0 ? null : level - 1;
      return 0;
    case CSUM_LEVEL.reset:
      packet.checksumLevel = null;
      return 0;
    default:
      return -EINVAL;
  }
}

function changeType(rt: Runtime): number {
  const type = rt.arg(2);
  if (type > LAST_PACKET_TYPE || rt.memory.u32(rt.arg(1) + PKT_TYPE) > LAST_PACKET_TYPE) return -EINVAL;
  rt.memory.setU32(rt.arg(1) + PKT_TYPE, type);
  return 0;
}

function setHash(rt: Runtime, hash: number): number {
  rt.memory.setU32(rt.arg(1) + HASH, hash);
  return 0;
}

/** bpf_skb_load_bytes_relative(skb, offset, to, size, header): from the link-layer or the network header. */
function loadRelative(rt: Runtime): number {
  const packet = packetOf(rt);
  const [offset, to, size, header] = [rt.arg(2), rt.arg(3), rt.arg(4), rt.arg(5)];
  const from = (header === 0 ? packet.networkStart - ETH_HLEN : packet.networkStart) + offset;
  if (offset > 0xffff || header > 1 || from + size > packet.end) {
    rt.memory.bytes.fill(0, to, to + size);
    return -EFAULT;
  }
  rt.memory.bytes.copyWithin(to, from, from + size);
  return 0;
}

/** Socket buffers (net/core/filter.c, Linux 6.18), as bpf_prog_test_run_skb() makes them. */
export const SKB_HELPERS = [
  intHelper(38, 'bpf_skb_change_tail', 3, changeTail),
  intHelper(43, 'bpf_skb_change_head', 3, changeHead),
  intHelper(68, 'bpf_skb_load_bytes_relative', 5, loadRelative),
  intHelper(32, 'bpf_skb_change_type', 2, changeType),
  // A test run's packet is never CHECKSUM_COMPLETE.
  intHelper(40, 'bpf_csum_update', 2, () => -ENOTSUPP),
  intHelper(135, 'bpf_csum_level', 2, checksumLevel),
  intHelper(41, 'bpf_set_hash_invalid', 1, (rt) => setHash(rt, 0)),
  intHelper(48, 'bpf_set_hash', 2, (rt) => setHash(rt, rt.arg(2))),
  // No class of net_cls and no route belong to the packet.
  intHelper(17, 'bpf_get_cgroup_classid', 1, () => 0),
  intHelper(24, 'bpf_get_route_realm', 1, () => 0),
];
