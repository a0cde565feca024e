import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SOCK_OPS_FUNC_PROTO } from '../func-tables.gen.ts';
import { cgroupHelper } from './cgroup.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_sock_ops',
  size: 224,
  fields: [
    field('op', 0, 4, 'exact4'),
    field('reply', 4, 4, 'exact4', 'exact4'),
    field('replylong', 8, 12, 'exact4'),
    field('family', 20, 4, 'exact4'),
    field('remote_ip4', 24, 4, 'exact4'),
    field('local_ip4', 28, 4, 'exact4'),
    field('remote_ip6', 32, 16, 'exact4'),
    field('local_ip6', 48, 16, 'exact4'),
    field('remote_port', 64, 4, 'exact4'),
    field('local_port', 68, 4, 'exact4'),
    field('is_fullsock', 72, 4, 'exact4'),
    field('snd_cwnd', 76, 4, 'exact4'),
    field('srtt_us', 80, 4, 'exact4'),
    field('bpf_sock_ops_cb_flags', 84, 4, 'exact4'),
    field('state', 88, 4, 'exact4'),
    field('rtt_min', 92, 4, 'exact4'),
    field('snd_ssthresh', 96, 4, 'exact4'),
    field('rcv_nxt', 100, 4, 'exact4'),
    field('snd_nxt', 104, 4, 'exact4'),
    field('snd_una', 108, 4, 'exact4'),
    field('mss_cache', 112, 4, 'exact4'),
    field('ecn_flags', 116, 4, 'exact4'),
    field('rate_delivered', 120, 4, 'exact4'),
    field('rate_interval_us', 124, 4, 'exact4'),
    field('packets_out', 128, 4, 'exact4'),
    field('retrans_out', 132, 4, 'exact4'),
    field('total_retrans', 136, 4, 'exact4'),
    field('segs_in', 140, 4, 'exact4'),
    field('data_segs_in', 144, 4, 'exact4'),
    field('segs_out', 148, 4, 'exact4'),
    field('data_segs_out', 152, 4, 'exact4'),
    field('lost_out', 156, 4, 'exact4'),
    field('sacked_out', 160, 4, 'exact4'),
    field('sk_txhash', 164, 4, 'exact4', 'exact4'),
    field('bytes_received', 168, 8, 'exact8'),
    field('bytes_acked', 176, 8, 'exact8'),
    pointer('sk', 184, 'sock_or_null'),
    pointer('skb_data', 192, 'pkt'),
    pointer('skb_data_end', 200, 'pkt_end'),
    field('skb_len', 208, 4, 'exact4'),
    field('skb_tcp_flags', 212, 4, 'start4'),
    field('skb_hwtstamp', 216, 8, 'exact8'),
  ],
};

/** sock_ops_verifier_ops */
export const SOCK_OPS = progOps({
  type: 'sock_ops',
  ctxType: 'bpf_sock_ops',
  context: () => CONTEXT,
  helper: cgroupHelper([SOCK_OPS_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO]),
  retval: () => ZERO_OR_ONE,
});
