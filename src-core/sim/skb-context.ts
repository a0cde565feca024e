import { E2BIG, EINVAL } from '../uapi/errno.ts';
import { PacketBuffer } from '../vm/packet.ts';
import type { Runtime } from '../vm/runtime.ts';
import { allocContext, type ContextMade, ETH_HLEN, type RunInput, refuse } from './context.ts';

/** Offsets in `struct __sk_buff` (include/uapi/linux/bpf.h, Linux 6.18). */
const SKB = {
  len: 0,
  pktType: 4,
  mark: 8,
  protocol: 16,
  priority: 32,
  ingressIfindex: 36,
  ifindex: 40,
  cb: 48,
  data: 76,
  dataEnd: 80,
  dataMeta: 140,
  tstamp: 152,
  wireLen: 160,
  gsoSegs: 164,
  gsoSize: 176,
  hwtstamp: 184,
} as const;
const SKB_SIZE = 192;
/** Byte ranges that a test run may set; the rest must be zero (convert___skb_to_skb()). */
const SETTABLE: readonly (readonly [number, number])[] = [
  [SKB.mark, 4],
  [SKB.priority, 4],
  [SKB.ingressIfindex, 4],
  [SKB.ifindex, 4],
  [SKB.cb, 20],
  [SKB.tstamp, 8],
  [SKB.wireLen, 4],
  [SKB.gsoSegs, 4],
  [SKB.gsoSize, 4],
  [SKB.hwtstamp, 8],
];
const HEADROOM = 64;
const PAGE_SIZE = 4096;
const SHARED_INFO = 320;

const mayBeSet = (at: number): boolean => SETTABLE.some(([from, size]) => at >= from && at < from + size);

export interface SkbKind {
  /** tc sees the Ethernet header, a socket filter does not. */
  readonly linkLayer: boolean;
}

function firstForbidden(ctx: Uint8Array): number {
  return ctx.findIndex((byte, at) => byte !== 0 && !mayBeSet(at));
}

/** `PACKET_*` (include/uapi/linux/if_packet.h). */
const PACKET_TYPE = { host: 0, multicast: 2, otherHost: 3 } as const;

/** eth_skb_pkt_type() on the loopback device, whose own and broadcast addresses are all zero. */
function packetType(frame: Uint8Array): number {
  const destination = frame.subarray(0, 6);
  if (destination.every((b) => b === 0)) return PACKET_TYPE.host;
  return (destination[0] & 1) === 1 ? PACKET_TYPE.multicast : PACKET_TYPE.otherHost;
}

/** Below it, bytes 12 and 13 of a frame are a length (ETH_P_802_3_MIN). */
const FIRST_PROTOCOL = 0x0600;
const ETH_P = { ip: 0x0800, ipv6: 0x86dd, raw8023: 0x0001, llc: 0x0004 } as const;

/** The protocol of a frame in host byte order, as eth_type_trans() finds it. */
function protocolOf(frame: Uint8Array): number {
  const field = (frame[12] << 8) | frame[13];
  if (field >= FIRST_PROTOCOL) return field;
  return frame[14] === 0xff && frame[15] === 0xff ? ETH_P.raw8023 : ETH_P.llc;
}

/** Network headers that a test run wants whole; the rest may be cut off anywhere (asked of Linux 6.18.44). */
const WHOLE_HEADER = new Map<number, number>([
  [ETH_P.ip, 20],
  [ETH_P.ipv6, 40],
]);

/** What a test run gives back of the context: convert_skb_to___skb(), over what was given. */
const RETURNED: readonly (readonly [number, number])[] = SETTABLE.filter(([at]) => at !== SKB.gsoSize);

function returnedContext(rt: Runtime, ctx: number, input: RunInput): Uint8Array {
  const out = new Uint8Array(SKB_SIZE);
  out.set(input.ctx.subarray(0, SKB_SIZE));
  for (const [at, size] of RETURNED) out.set(rt.memory.slice(ctx + at, size), at);
  return out;
}

function writeContext(rt: Runtime, ctx: number, input: RunInput, packet: PacketBuffer): void {
  const { memory } = rt;
  memory.bytes.set(input.ctx.subarray(0, SKB_SIZE), ctx);
  // The link-layer protocol stays in network byte order, as in skb->protocol.
  const protocol = protocolOf(input.data);
  memory.setU32(ctx + SKB.protocol, ((protocol & 0xff) << 8) | (protocol >> 8));
  memory.setU32(ctx + SKB.pktType, packetType(input.data));
  if (memory.u32(ctx + SKB.ifindex) === 0) memory.setU32(ctx + SKB.ifindex, input.ifindex ?? 1);
  if (input.ctx.length > 0 && memory.u32(ctx + SKB.wireLen) === 0)
    memory.setU32(ctx + SKB.wireLen, packet.length);
  writeEdges(rt, ctx, packet);
}

function writeEdges(rt: Runtime, ctx: number, packet: PacketBuffer): void {
  rt.memory.setU32(ctx + SKB.len, packet.length);
  rt.memory.setU32(ctx + SKB.data, packet.start);
  rt.memory.setU32(ctx + SKB.dataEnd, packet.end);
  rt.memory.setU32(ctx + SKB.dataMeta, packet.meta);
}

/** A socket buffer as bpf_prog_test_run_skb() makes it (net/bpf/test_run.c, Linux 6.18). */
export function skbContext(rt: Runtime, input: RunInput, kind: SkbKind): ContextMade {
  const room = PAGE_SIZE - HEADROOM - SHARED_INFO;
  if (input.ctx.subarray(SKB_SIZE).some((byte) => byte !== 0))
    return refuse(E2BIG, `a __sk_buff has ${SKB_SIZE} bytes`);
  if (input.data.length < ETH_HLEN) return refuse(EINVAL, `an Ethernet frame has ${ETH_HLEN} bytes at least`);
  if (input.data.length > room) return refuse(EINVAL, `a test packet has ${room} bytes at most`);
  const header = WHOLE_HEADER.get(protocolOf(input.data)) ?? 0;
  if (input.data.length < ETH_HLEN + header)
    return refuse(EINVAL, `the packet ends within its network header of ${header} bytes`);
  const bad = firstForbidden(input.ctx);
  if (bad >= 0) return refuse(EINVAL, `byte ${bad} of the __sk_buff context must be zero`);
  const tailroom = room - input.data.length;
  const ctx = allocContext(rt.memory, SKB_SIZE);
  const moved = (p: PacketBuffer): void => writeEdges(rt, ctx, p);
  const packet = new PacketBuffer(rt.memory, input.data, HEADROOM, tailroom, moved, 'skb', !kind.linkLayer);
  packet.networkStart = packet.start + ETH_HLEN;
  if (!kind.linkLayer) packet.start = packet.meta = packet.networkStart;
  writeContext(rt, ctx, input, packet);
  return {
    ok: true,
    context: {
      address: ctx,
      packet,
      dataOut: () => {
        if (kind.linkLayer) return packet.bytes;
        const out = new Uint8Array(packet.length + ETH_HLEN);
        out.set(packet.bytes, ETH_HLEN);
        return out;
      },
      ctxOut: () => returnedContext(rt, ctx, input),
      dispose: () => {
        rt.memory.release(ctx, SKB_SIZE);
        packet.dispose();
      },
    },
  };
}
