import { E2BIG, EINVAL, ENOTSUPP } from '../uapi/errno.ts';
import { PacketBuffer } from '../vm/packet.ts';
import type { Runtime } from '../vm/runtime.ts';
import { allocContext, type ContextMade, ETH_HLEN, type RunInput, refuse } from './context.ts';

/** `struct xdp_md`: u32 fields. */
const MD = {
  data: 0,
  dataEnd: 4,
  dataMeta: 8,
  ingressIfindex: 12,
  rxQueueIndex: 16,
  egressIfindex: 20,
} as const;
const MD_SIZE = 24;
/** XDP_PACKET_HEADROOM. */
const HEADROOM = 256;
const PAGE_SIZE = 4096;
/** SKB_DATA_ALIGN(sizeof(struct skb_shared_info)) of the reference kernel. */
const SHARED_INFO = 320;

const u32At = (ctx: Uint8Array, at: number): number =>
  at + 4 <= ctx.length ? new DataView(ctx.buffer, ctx.byteOffset).getUint32(at, true) : 0;

/** Bytes of metadata before the data, as the context asks for them; null when it asks for too many. */
function metaSize(input: RunInput): number | null {
  if (input.ctx.length === 0) return 0;
  const [data, end, meta] = [
    u32At(input.ctx, MD.data),
    u32At(input.ctx, MD.dataEnd),
    u32At(input.ctx, MD.dataMeta),
  ];
  // xdp_convert_md_to_buff(): a queue needs its device, and only devmap programs have an egress device.
  const queueAlone = u32At(input.ctx, MD.rxQueueIndex) !== 0 && u32At(input.ctx, MD.ingressIfindex) === 0;
  if (u32At(input.ctx, MD.egressIfindex) !== 0 || queueAlone) return null;
  const valid = meta === 0 && end <= input.data.length && data <= end && (data & 3) === 0 && data <= 216;
  return valid ? data : null;
}

/** An XDP frame as bpf_prog_test_run_xdp() makes it (net/bpf/test_run.c, Linux 6.18), on the loopback device. */
export function xdpContext(rt: Runtime, input: RunInput): ContextMade {
  if (input.ctx.subarray(MD_SIZE).some((byte) => byte !== 0))
    return refuse(E2BIG, `a struct xdp_md has ${MD_SIZE} bytes`);
  const meta = metaSize(input);
  if (meta === null)
    return refuse(
      EINVAL,
      'the XDP context must have data_meta 0, data_end within the packet, data <= data_end',
    );
  if (input.data.length - meta < ETH_HLEN)
    return refuse(EINVAL, `an Ethernet frame has ${ETH_HLEN} bytes at least`);
  const room = PAGE_SIZE - HEADROOM - SHARED_INFO;
  if (input.data.length > room || (input.ctx.length > 0 && u32At(input.ctx, MD.dataEnd) < input.data.length))
    return refuse(ENOTSUPP, `frames of several buffers are not simulated: one buffer has ${room} bytes`);
  const ctx = allocContext(rt.memory, MD_SIZE);
  const write = (packet: PacketBuffer): void => {
    rt.memory.setU32(ctx + MD.data, packet.start);
    rt.memory.setU32(ctx + MD.dataEnd, packet.end);
    rt.memory.setU32(ctx + MD.dataMeta, packet.meta);
  };
  const packet = new PacketBuffer(rt.memory, input.data, HEADROOM, room - input.data.length, write, 'xdp');
  packet.move({ start: packet.start + meta });
  rt.memory.setU32(ctx + MD.ingressIfindex, u32At(input.ctx, MD.ingressIfindex) || (input.ifindex ?? 1));
  return {
    ok: true,
    context: {
      address: ctx,
      packet,
      dataOut: () => rt.memory.slice(packet.meta, packet.end - packet.meta),
      ctxOut: () => {
        // xdp_convert_buff_to_md() gives the rest back as it came.
        const out = new Uint8Array(MD_SIZE);
        out.set(input.ctx.subarray(0, MD_SIZE));
        const view = new DataView(out.buffer);
        view.setUint32(MD.data, packet.start - packet.meta, true);
        view.setUint32(MD.dataEnd, packet.end - packet.meta, true);
        return out;
      },
      dispose: () => {
        rt.memory.release(ctx, MD_SIZE);
        packet.dispose();
      },
    },
  };
}
