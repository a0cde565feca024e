import { type CtxAccess, type CtxLayout, ctxAccess, ctxFieldSize, field } from './context.ts';

/** struct bpf_sock as bpf_sock_is_valid_access() reads it; programs that may write some of it say so themselves. */
export const BPF_SOCK: CtxLayout = {
  type: 'bpf_sock',
  size: 80,
  fields: [
    field('bound_dev_if', 0, 4, 'exact4'),
    field('family', 4, 4, 'start4'),
    field('type', 8, 4, 'start4'),
    field('protocol', 12, 4, 'start4'),
    field('mark', 16, 4, 'exact4'),
    field('priority', 20, 4, 'exact4'),
    field('src_ip4', 24, 4, 'narrow4'),
    field('src_ip6', 28, 16, 'narrow4'),
    field('src_port', 44, 4, 'start4'),
    field('dst_port', 48, 2, 'port'),
    field('dst_ip4', 52, 4, 'narrow4'),
    field('dst_ip6', 56, 16, 'narrow4'),
    field('state', 72, 4, 'start4'),
    field('rx_queue_mapping', 76, 4, 'start4'),
  ],
};

/** What only full sockets have (bpf_sock_common_is_valid_access()). */
const FULL_SOCK_ONLY: ReadonlySet<string> = new Set(['type', 'protocol', 'mark', 'priority']);
const SOCK_COMMON: CtxLayout = {
  ...BPF_SOCK,
  fields: BPF_SOCK.fields.filter((f) => !FULL_SOCK_ONLY.has(f.name)),
};

/** bpf_tcp_sock_is_valid_access(): 32-bit fields but for two counters. */
const TCP_SOCK: CtxLayout = {
  type: 'bpf_tcp_sock',
  size: 112,
  fields: [
    field('snd_cwnd to data_segs_in', 0, 80, 'exact4'),
    field('bytes_received', 80, 8, 'exact8'),
    field('bytes_acked', 88, 8, 'exact8'),
    field('dsack_dups to icsk_retransmits', 96, 16, 'exact4'),
  ],
};

/** bpf_xdp_sock_is_valid_access() */
const XDP_SOCK: CtxLayout = { type: 'bpf_xdp_sock', size: 4, fields: [field('queue_id', 0, 4, 'exact4')] };

const LAYOUTS = { sock: BPF_SOCK, sock_common: SOCK_COMMON, tcp_sock: TCP_SOCK, xdp_sock: XDP_SOCK };
export type SockKind = keyof typeof LAYOUTS;

/** A load from a socket structure: bytes of the field that it is part of, 0 for a whole one, null if refused. */
export function sockFieldSize(kind: SockKind, off: number, size: number): number | null {
  const access: CtxAccess = { off, size, write: false, isLdsx: false };
  const f = ctxAccess(LAYOUTS[kind], access);
  return f === null ? null : ctxFieldSize(f.read, size);
}
