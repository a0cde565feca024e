/** What a packet is to be sent through a tunnel with (`struct ip_tunnel_info`). */
export interface TunnelInfo {
  /** struct bpf_tunnel_key as it was set. */
  readonly key: Uint8Array;
  readonly ipv6: boolean;
  /** Flags as bpf_skb_get_tunnel_key() shows them. */
  readonly flags: number;
  options: Uint8Array | null;
}
