import { EFAULT, EINVAL, ENOTSUPP } from '../../uapi/errno.ts';
import type { PacketBuffer } from '../packet.ts';
import type { Runtime } from '../runtime.ts';
import { intHelper, packetOf } from './helper.ts';
import { makeHeadroom } from './skb-helpers.ts';

const EALREADY = 114;
/** Offsets in `struct __sk_buff` of what these helpers change; r1 is the context. */
const SKB = { protocol: 16, vlanPresent: 20, vlanTci: 24, vlanProto: 28, hash: 68 } as const;
/** Protocols in network byte order, as skb->protocol has them. */
const ETH_P = { ip: 0x0008, ipv6: 0xdd86, vlan: 0x0081, qinq: 0xa888 } as const;
const VLAN_HLEN = 4;
const MAC_ADDRESSES = 12;
const ETH_HLEN = 14;
const IPV4_HLEN = 20;
const IPV6_HLEN = 40;
const MAX_LENGTH = 16384 - 320;

const protocolOf = (rt: Runtime): number => rt.memory.u32(rt.arg(1) + SKB.protocol);
const setProtocol = (rt: Runtime, protocol: number): void =>
  rt.memory.setU32(rt.arg(1) + SKB.protocol, protocol);

/** Room of `length` zero bytes behind the first `offset` bytes of a packet (bpf_skb_net_hdr_push()). */
function push(rt: Runtime, packet: PacketBuffer, offset: number, length: number): void {
  const old = makeHeadroom(rt, packet, length);
  const start = old - length;
  rt.memory.bytes.copyWithin(start, old, old + offset);
  rt.memory.bytes.fill(0, start + offset, start + offset + length);
  packet.networkStart -= length;
  packet.move({ start, meta: start });
}

/** Takes the same out; false where the packet is too short (bpf_skb_net_hdr_pop()). */
function pop(rt: Runtime, packet: PacketBuffer, offset: number, length: number): boolean {
  if (offset + length > packet.length) return false;
  const start = packet.start + length;
  rt.memory.bytes.copyWithin(start, packet.start, packet.start + offset);
  packet.networkStart += length;
  packet.move({ start, meta: start });
  return true;
}

interface Tag {
  readonly proto: number;
  readonly tci: number;
}
/** The tag that stands beside the packet, as a network card would put it in on sending. */
function tagOf(rt: Runtime): Tag | null {
  const ctx = rt.arg(1);
  if (rt.memory.u32(ctx + SKB.vlanPresent) === 0) return null;
  return { proto: rt.memory.u32(ctx + SKB.vlanProto), tci: rt.memory.u32(ctx + SKB.vlanTci) };
}
function setTag(rt: Runtime, tag: Tag | null): void {
  const ctx = rt.arg(1);
  rt.memory.setU32(ctx + SKB.vlanPresent, tag === null ? 0 : 1);
  rt.memory.setU32(ctx + SKB.vlanTci, tag?.tci ?? 0);
  rt.memory.setU32(ctx + SKB.vlanProto, tag?.proto ?? 0);
}
const isVlan = (protocol: number): boolean => protocol === ETH_P.vlan || protocol === ETH_P.qinq;

/** bpf_skb_vlan_push(skb, proto, tci): the tag that was beside the packet goes into it. */
function vlanPush(rt: Runtime): number {
  const packet = packetOf(rt);
  const wanted = rt.arg(2) & 0xffff;
  const proto = isVlan(wanted) ? wanted : ETH_P.vlan;
  const before = tagOf(rt);
  if (before !== null) {
    const start = makeHeadroom(rt, packet, VLAN_HLEN) - VLAN_HLEN;
    rt.memory.bytes.copyWithin(start, start + VLAN_HLEN, start + VLAN_HLEN + MAC_ADDRESSES);
    rt.memory.view.setUint16(start + MAC_ADDRESSES, before.proto, true);
    rt.memory.view.setUint16(start + MAC_ADDRESSES + 2, before.tci);
    packet.move({ start, meta: start });
    setProtocol(rt, before.proto);
  }
  setTag(rt, { proto, tci: rt.arg(3) & 0xffff });
  return 0;
}

/** __skb_vlan_pop(): takes the tag out of the packet; its protocol is the one behind the tag. */
function takeTag(rt: Runtime, packet: PacketBuffer): Tag {
  const { bytes, view } = rt.memory;
  const tag = {
    proto: protocolOf(rt),
    tci: view.getUint16(packet.start + ETH_HLEN),
  };
  const start = packet.start + VLAN_HLEN;
  bytes.copyWithin(start, packet.start, packet.start + MAC_ADDRESSES);
  setProtocol(rt, view.getUint16(start + MAC_ADDRESSES, true));
  packet.networkStart = Math.max(packet.networkStart, start + ETH_HLEN);
  packet.move({ start, meta: start });
  return tag;
}

/** bpf_skb_vlan_pop(skb): the tag beside the packet goes, and the next one takes its place. */
function vlanPop(rt: Runtime): number {
  const packet = packetOf(rt);
  if (tagOf(rt) !== null) setTag(rt, null);
  else if (!isVlan(protocolOf(rt))) return 0;
  else takeTag(rt, packet);
  if (isVlan(protocolOf(rt))) setTag(rt, takeTag(rt, packet));
  return 0;
}

/** `BPF_F_ADJ_ROOM_*`. */
const ROOM = {
  fixedGso: 1,
  encapIpv4: 2,
  encapIpv6: 4,
  gre: 8,
  udp: 16,
  noChecksumReset: 32,
  ethernet: 64,
  decapIpv4: 128,
  decapIpv6: 256,
} as const;
const ENCAP = ROOM.encapIpv4 | ROOM.encapIpv6;
const DECAP = ROOM.decapIpv4 | ROOM.decapIpv6;
const ALL = 0x1ff;
const INNER_MAC_SHIFT = 2 ** 56;
/** enum bpf_adj_room_mode. */
const MODE = { net: 0, mac: 1 } as const;

const baseLength = (protocol: number): number => (protocol === ETH_P.ip ? IPV4_HLEN : IPV6_HLEN);

/** bpf_skb_adjust_room(skb, len_diff, mode, flags) */
function adjustRoom(rt: Runtime): number {
  const packet = packetOf(rt);
  const [diff, mode, flags] = [rt.argS32(2), rt.arg(3), rt.arg(4)];
  const innerMac = Math.floor(rt.argU64(4) / INNER_MAC_SHIFT);
  const length = Math.abs(diff);
  const protocol = protocolOf(rt);
  if ((flags & ~ALL) !== 0 || (rt.argHi(4) & 0xffffff) !== 0) return -EINVAL;
  if (length > 0xfff) return -EFAULT;
  if (protocol !== ETH_P.ip && protocol !== ETH_P.ipv6) return -ENOTSUPP;
  if (mode !== MODE.net && mode !== MODE.mac) return -ENOTSUPP;
  const header = packet.networkStart - packet.start;
  const offset = header + (mode === MODE.net ? baseLength(protocol) : 0);
  const shrink = diff < 0;
  if ((flags & DECAP) !== 0 && (!shrink || (flags & DECAP) === DECAP)) return -EINVAL;
  const least =
    (flags & DECAP) === 0 ? baseLength(protocol) : (flags & ROOM.decapIpv4) !== 0 ? IPV4_HLEN : IPV6_HLEN;
  const current = packet.length - header;
  if (shrink && (length >= current || current - length < least)) return -ENOTSUPP;
  if (!shrink && packet.length + length > MAX_LENGTH) return -ENOTSUPP;
  return shrink ? shrinkRoom(rt, offset, length, flags) : growRoom(rt, { offset, length, flags, innerMac });
}

function shrinkRoom(rt: Runtime, offset: number, length: number, flags: number): number {
  if ((flags & ~(ROOM.fixedGso | DECAP | ROOM.noChecksumReset)) !== 0) return -EINVAL;
  const ENOMEM = 12;
  if (!pop(rt, packetOf(rt), offset, length)) return -ENOMEM;
  if ((flags & DECAP) !== 0) setProtocol(rt, (flags & ROOM.decapIpv6) !== 0 ? ETH_P.ipv6 : ETH_P.ip);
  return 0;
}

function growRoom(
  rt: Runtime,
  grow: {
    readonly offset: number;
    readonly length: number;
    readonly flags: number;
    readonly innerMac: number;
  },
): number {
  const packet = packetOf(rt);
  const { flags, length } = grow;
  const encap = (flags & ENCAP) !== 0;
  const macLength = packet.networkStart - packet.start;
  if (encap) {
    const both = (a: number, b: number): boolean => (flags & a) !== 0 && (flags & b) !== 0;
    if (both(ROOM.encapIpv4, ROOM.encapIpv6) || both(ROOM.gre, ROOM.udp)) return -EINVAL;
    if ((flags & ROOM.ethernet) !== 0 && grow.innerMac < ETH_HLEN) return -EINVAL;
    if (packet.encapsulated) return -EALREADY;
    if (grow.innerMac > length) return -EINVAL;
  }
  push(rt, packet, grow.offset, length);
  if (encap) {
    packet.encapsulated = true;
    packet.networkStart = packet.start + macLength;
    setProtocol(rt, (flags & ROOM.encapIpv6) !== 0 ? ETH_P.ipv6 : ETH_P.ip);
  }
  return 0;
}

/** bpf_skb_change_proto(skb, proto, flags): room for the other IP header, or the surplus taken out. */
function changeProtocol(rt: Runtime): number {
  const packet = packetOf(rt);
  const [from, to] = [protocolOf(rt), rt.arg(2) & 0xffff];
  if (rt.argU64(3) !== 0) return -EINVAL;
  const offset = packet.networkStart - packet.start;
  const more = IPV6_HLEN - IPV4_HLEN;
  if (from === ETH_P.ip && to === ETH_P.ipv6) push(rt, packet, offset, more);
  else if (from !== ETH_P.ipv6 || to !== ETH_P.ip || !pop(rt, packet, offset, more)) return -ENOTSUPP;
  setProtocol(rt, to);
  rt.memory.setU32(rt.arg(1) + SKB.hash, 0);
  return 0;
}

/** Tags and headers of socket buffers (net/core/filter.c, Linux 6.18). */
export const ROOM_HELPERS = [
  intHelper(18, 'bpf_skb_vlan_push', 3, vlanPush),
  intHelper(19, 'bpf_skb_vlan_pop', 1, vlanPop),
  intHelper(31, 'bpf_skb_change_proto', 3, changeProtocol),
  intHelper(50, 'bpf_skb_adjust_room', 4, adjustRoom),
];
