import type { Runtime } from './runtime.ts';

/** SKF_NET_OFF and SKF_LL_OFF: negative offsets count from the network or the link-layer header. */
const NET_OFF = -0x10_0000;
const LL_OFF = -0x20_0000;
const ETH_HLEN = 14;

/**
 * BPF_LD_ABS and BPF_LD_IND: an unsigned load in network byte order (bpf_skb_load_helper_*(), Linux 6.18).
 * Null when the bytes are not there: the program then ends with 0.
 */
export function loadFromPacket(rt: Runtime, offset: number, size: 1 | 2 | 4): number | null {
  const { packet } = rt;
  if (packet === null) return null;
  const at = packetAddress(packet.start, packet.networkStart, offset | 0);
  if (at === null || at < packet.networkStart - ETH_HLEN || at + size > packet.end) return null;
  const { view } = rt.memory;
  return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
}

function packetAddress(start: number, network: number, offset: number): number | null {
  if (offset >= 0) return start + offset;
  if (offset >= NET_OFF) return network + offset - NET_OFF;
  return offset >= LL_OFF ? network - ETH_HLEN + offset - LL_OFF : null;
}
