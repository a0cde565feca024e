/** Program and attach types of Linux 6.18 (include/uapi/linux/bpf.h) and the rules that go with them. */

/** `enum bpf_prog_type` by libbpf's names; the index is the number. */
export const PROG_TYPE_NAMES = [
  'unspec',
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'sk_msg',
  'raw_tracepoint',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'lirc_mode2',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_sysctl',
  'raw_tracepoint_writable',
  'cgroup_sockopt',
  'tracing',
  'struct_ops',
  'ext',
  'lsm',
  'sk_lookup',
  'syscall',
  'netfilter',
] as const;

export type ProgTypeName = (typeof PROG_TYPE_NAMES)[number];

export const BPF_PROG_TYPE = Object.fromEntries(PROG_TYPE_NAMES.map((name, i) => [name, i])) as Readonly<
  Record<ProgTypeName, number>
>;

/** `enum bpf_attach_type` by libbpf's names; the index is the number. */
export const ATTACH_TYPE_NAMES = [
  'cgroup_inet_ingress',
  'cgroup_inet_egress',
  'cgroup_inet_sock_create',
  'cgroup_sock_ops',
  'sk_skb_stream_parser',
  'sk_skb_stream_verdict',
  'cgroup_device',
  'sk_msg_verdict',
  'cgroup_inet4_bind',
  'cgroup_inet6_bind',
  'cgroup_inet4_connect',
  'cgroup_inet6_connect',
  'cgroup_inet4_post_bind',
  'cgroup_inet6_post_bind',
  'cgroup_udp4_sendmsg',
  'cgroup_udp6_sendmsg',
  'lirc_mode2',
  'flow_dissector',
  'cgroup_sysctl',
  'cgroup_udp4_recvmsg',
  'cgroup_udp6_recvmsg',
  'cgroup_getsockopt',
  'cgroup_setsockopt',
  'trace_raw_tp',
  'trace_fentry',
  'trace_fexit',
  'modify_return',
  'lsm_mac',
  'trace_iter',
  'cgroup_inet4_getpeername',
  'cgroup_inet6_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_inet6_getsockname',
  'xdp_devmap',
  'cgroup_inet_sock_release',
  'xdp_cpumap',
  'sk_lookup',
  'xdp',
  'sk_skb_verdict',
  'sk_reuseport_select',
  'sk_reuseport_select_or_migrate',
  'perf_event',
  'trace_kprobe_multi',
  'lsm_cgroup',
  'struct_ops',
  'netfilter',
  'tcx_ingress',
  'tcx_egress',
  'trace_uprobe_multi',
  'cgroup_unix_connect',
  'cgroup_unix_sendmsg',
  'cgroup_unix_recvmsg',
  'cgroup_unix_getpeername',
  'cgroup_unix_getsockname',
  'netkit_primary',
  'netkit_peer',
  'trace_kprobe_session',
  'trace_uprobe_session',
] as const;

export type AttachTypeName = (typeof ATTACH_TYPE_NAMES)[number];

export const BPF_ATTACH_TYPE = Object.fromEntries(ATTACH_TYPE_NAMES.map((name, i) => [name, i])) as Readonly<
  Record<AttachTypeName, number>
>;

/** What a rule about a program needs to know of it. */
export interface ProgKind {
  /** `enum bpf_prog_type` */
  readonly type: number;
  /** `enum bpf_attach_type` */
  readonly attachType: number;
}

const types = (...names: ProgTypeName[]): ReadonlySet<number> => new Set(names.map((n) => BPF_PROG_TYPE[n]));
const attach = (...names: AttachTypeName[]): ReadonlySet<number> =>
  new Set(names.map((n) => BPF_ATTACH_TYPE[n]));

/** is_tracing_prog_type() */
export const TRACING_PROG_TYPES = types(
  'kprobe',
  'tracepoint',
  'perf_event',
  'raw_tracepoint',
  'raw_tracepoint_writable',
);

/** is_perfmon_prog_type(): loading needs CAP_PERFMON. */
export const PERFMON_PROG_TYPES = types(
  'kprobe',
  'tracepoint',
  'perf_event',
  'raw_tracepoint',
  'raw_tracepoint_writable',
  'tracing',
  'lsm',
  'struct_ops',
  'ext',
);

/** may_access_direct_pkt_data(): types that may read packet data; the first set may not write it. */
export const PACKET_READ_ONLY_TYPES = types(
  'lwt_in',
  'lwt_out',
  'lwt_seg6local',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_skb',
);
export const PACKET_READ_WRITE_TYPES = types('sched_cls', 'sched_act', 'xdp', 'lwt_xmit', 'sk_skb', 'sk_msg');

/** may_access_skb(): types that may use LD_ABS and LD_IND. */
export const LD_ABS_TYPES = types('socket_filter', 'sched_cls', 'sched_act');

/** can_be_sleepable(): attach types of tracing programs that may carry BPF_F_SLEEPABLE. */
const SLEEPABLE_TRACING = attach('trace_fentry', 'trace_fexit', 'modify_return', 'trace_iter');
const SLEEPABLE_TYPES = types('lsm', 'kprobe', 'struct_ops');

/** can_be_sleepable(); BPF_PROG_TYPE_SYSCALL always sleeps and is no matter of this. */
export function canBeSleepable(prog: ProgKind): boolean {
  if (prog.type === BPF_PROG_TYPE.tracing) return SLEEPABLE_TRACING.has(prog.attachType);
  return SLEEPABLE_TYPES.has(prog.type);
}

/** bpf_prog_load_check_attach(): types whose expected attach type is one of a list; others take any. */
export const EXPECTED_ATTACH_TYPES: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [
    BPF_PROG_TYPE.cgroup_sock,
    attach(
      'cgroup_inet_sock_create',
      'cgroup_inet_sock_release',
      'cgroup_inet4_post_bind',
      'cgroup_inet6_post_bind',
    ),
  ],
  [
    BPF_PROG_TYPE.cgroup_sock_addr,
    attach(
      'cgroup_inet4_bind',
      'cgroup_inet6_bind',
      'cgroup_inet4_connect',
      'cgroup_inet6_connect',
      'cgroup_unix_connect',
      'cgroup_inet4_getpeername',
      'cgroup_inet6_getpeername',
      'cgroup_unix_getpeername',
      'cgroup_inet4_getsockname',
      'cgroup_inet6_getsockname',
      'cgroup_unix_getsockname',
      'cgroup_udp4_sendmsg',
      'cgroup_udp6_sendmsg',
      'cgroup_unix_sendmsg',
      'cgroup_udp4_recvmsg',
      'cgroup_udp6_recvmsg',
      'cgroup_unix_recvmsg',
    ),
  ],
  [BPF_PROG_TYPE.cgroup_skb, attach('cgroup_inet_ingress', 'cgroup_inet_egress')],
  [BPF_PROG_TYPE.cgroup_sockopt, attach('cgroup_setsockopt', 'cgroup_getsockopt')],
  [BPF_PROG_TYPE.sk_lookup, attach('sk_lookup')],
  [BPF_PROG_TYPE.sk_reuseport, attach('sk_reuseport_select', 'sk_reuseport_select_or_migrate')],
  [BPF_PROG_TYPE.netfilter, attach('netfilter')],
]);

export interface RetvalBounds {
  readonly min: number;
  readonly max: number;
}

const ONE_ONLY_SOCK_ADDR = attach(
  'cgroup_udp4_recvmsg',
  'cgroup_udp6_recvmsg',
  'cgroup_unix_recvmsg',
  'cgroup_inet4_getpeername',
  'cgroup_inet6_getpeername',
  'cgroup_unix_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_inet6_getsockname',
  'cgroup_unix_getsockname',
);
const ZERO_OR_ONE_TYPES = types(
  'cgroup_sock',
  'sock_ops',
  'cgroup_device',
  'cgroup_sysctl',
  'cgroup_sockopt',
);
/** Their range depends on the attach target's prototype. */
const TARGET_DEPENDENT_TYPES = types('lsm', 'struct_ops', 'tracing');

/**
 * check_return_code(): what r0 may hold at the end of the main program; null when anything goes, 'target'
 * when the attach target's prototype decides.
 */
export function retvalBounds(prog: ProgKind, attachBtfId: number): RetvalBounds | 'target' | null {
  const zeroOrOne = { min: 0, max: 1 };
  if (ZERO_OR_ONE_TYPES.has(prog.type)) return zeroOrOne;
  if (TARGET_DEPENDENT_TYPES.has(prog.type)) return 'target';
  switch (prog.type) {
    case BPF_PROG_TYPE.cgroup_sock_addr:
      if (ONE_ONLY_SOCK_ADDR.has(prog.attachType)) return { min: 1, max: 1 };
      return attach('cgroup_inet4_bind', 'cgroup_inet6_bind').has(prog.attachType)
        ? { min: 0, max: 3 }
        : zeroOrOne;
    case BPF_PROG_TYPE.cgroup_skb:
      return prog.attachType === BPF_ATTACH_TYPE.cgroup_inet_egress ? { min: 0, max: 3 } : zeroOrOne;
    case BPF_PROG_TYPE.raw_tracepoint:
      return attachBtfId === 0 ? null : { min: 0, max: 0 };
    case BPF_PROG_TYPE.kprobe:
      return attach('trace_kprobe_session', 'trace_uprobe_session').has(prog.attachType) ? zeroOrOne : null;
    case BPF_PROG_TYPE.sk_lookup:
    case BPF_PROG_TYPE.netfilter:
      return zeroOrOne;
    default:
      return null;
  }
}
