import { CTX, CTX_SIZE } from '../jit/abi.ts';
import { PacketBuffer } from '../vm/packet.ts';
import type { Runtime } from '../vm/runtime.ts';
import { type ContextMade, ETH_HLEN, type RunInput, refuse } from './context.ts';

/** Offsets in `struct __sk_buff` (include/uapi/linux/bpf.h, Linux 6.18). */
const SKB = {
  len: 0,
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
const EINVAL = 22;

const mayBeSet = (at: number): boolean => SETTABLE.some(([from, size]) => at >= from && at < from + size);

export interface SkbKind {
  /** tc sees the Ethernet header, a socket filter does not. */
  readonly linkLayer: boolean;
}

function firstForbidden(ctx: Uint8Array): number {
  return ctx.findIndex((byte, at) => byte !== 0 && !mayBeSet(at));
}

function writeContext(rt: Runtime, input: RunInput, packet: PacketBuffer): void {
  const { memory } = rt;
  memory.bytes.fill(0, CTX, CTX + CTX_SIZE);
  memory.bytes.set(input.ctx.subarray(0, SKB_SIZE), CTX);
  // The link-layer protocol stays in network byte order, as in skb->protocol.
  memory.setU32(CTX + SKB.protocol, input.data[12] | (input.data[13] << 8));
  if (memory.u32(CTX + SKB.ifindex) === 0) memory.setU32(CTX + SKB.ifindex, 1);
  if (memory.u32(CTX + SKB.wireLen) === 0) memory.setU32(CTX + SKB.wireLen, packet.length);
  writeEdges(rt, packet);
}

function writeEdges(rt: Runtime, packet: PacketBuffer): void {
  rt.memory.setU32(CTX + SKB.len, packet.length);
  rt.memory.setU32(CTX + SKB.data, packet.start);
  rt.memory.setU32(CTX + SKB.dataEnd, packet.end);
  rt.memory.setU32(CTX + SKB.dataMeta, packet.meta);
}

/** A socket buffer as bpf_prog_test_run_skb() makes it (net/bpf/test_run.c, Linux 6.18). */
export function skbContext(rt: Runtime, input: RunInput, kind: SkbKind): ContextMade {
  const room = PAGE_SIZE - HEADROOM - SHARED_INFO;
  if (input.data.length < ETH_HLEN) return refuse(EINVAL, `an Ethernet frame has ${ETH_HLEN} bytes at least`);
  if (input.data.length > room) return refuse(EINVAL, `a test packet has ${room} bytes at most`);
  const bad = firstForbidden(input.ctx);
  if (bad >= 0) return refuse(EINVAL, `byte ${bad} of the __sk_buff context must be zero`);
  const packet = new PacketBuffer(rt.memory, input.data, HEADROOM, room - input.data.length, (p) =>
    writeEdges(rt, p),
  );
  packet.networkStart = packet.start + ETH_HLEN;
  if (!kind.linkLayer) packet.start = packet.meta = packet.networkStart;
  writeContext(rt, input, packet);
  rt.packet = packet;
  return {
    ok: true,
    context: {
      address: CTX,
      dataOut: () => {
        if (kind.linkLayer) return packet.bytes;
        const out = new Uint8Array(packet.length + ETH_HLEN);
        out.set(packet.bytes, ETH_HLEN);
        return out;
      },
      ctxOut: () => {
        const out = rt.memory.slice(CTX, SKB_SIZE);
        for (const at of [SKB.len, SKB.protocol, SKB.data, SKB.dataEnd, SKB.dataMeta])
          out.fill(0, at, at + 4);
        return out;
      },
    },
  };
}
