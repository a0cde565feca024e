import { BPF_PROG_TYPE as P } from './prog-types.ts';

/** What a section name asks for beside the types. */
const SLEEPABLE = 1;
const XDP_FRAGS = 2;
/** The attach target is a BTF id of the kernel. */
const ATTACH_BTF = 4;
const USDT = 8;

export const SEC_SLEEPABLE = SLEEPABLE;
export const SEC_XDP_FRAGS = XDP_FRAGS;
export const SEC_ATTACH_BTF = ATTACH_BTF;
export const SEC_USDT = USDT;

export interface SectionDef {
  /** A name; with `+` at its end, the name alone or followed by "/" and a target. */
  readonly pattern: string;
  /** `enum bpf_prog_type`. */
  readonly type: number;
  /** `enum bpf_attach_type`. */
  readonly attach: number;
  /** SEC_* bits. */
  readonly flags: number;
}

const def = (pattern: string, type: number, attach: number, flags: number): SectionDef => ({
  pattern,
  type,
  attach,
  flags,
});

/**
 * The section names that libbpf 1.8 knows (`section_defs`), in its order: the first match counts. The
 * names whose attach types Linux 6.18 does not have yet (fsession, *.multi of fentry and fexit) are left out.
 */
export const SECTION_DEFS: readonly SectionDef[] = [
  def('socket', P.SOCKET_FILTER, 0, 0),
  def('sk_reuseport/migrate', P.SK_REUSEPORT, 40 /* BPF_SK_REUSEPORT_SELECT_OR_MIGRATE */, 0),
  def('sk_reuseport', P.SK_REUSEPORT, 39 /* BPF_SK_REUSEPORT_SELECT */, 0),
  def('kprobe+', P.KPROBE, 0, 0),
  def('uprobe+', P.KPROBE, 0, 0),
  def('uprobe.s+', P.KPROBE, 0, SLEEPABLE),
  def('kretprobe+', P.KPROBE, 0, 0),
  def('uretprobe+', P.KPROBE, 0, 0),
  def('uretprobe.s+', P.KPROBE, 0, SLEEPABLE),
  def('kprobe.multi+', P.KPROBE, 42 /* BPF_TRACE_KPROBE_MULTI */, 0),
  def('kretprobe.multi+', P.KPROBE, 42 /* BPF_TRACE_KPROBE_MULTI */, 0),
  def('kprobe.session+', P.KPROBE, 56 /* BPF_TRACE_KPROBE_SESSION */, 0),
  def('uprobe.multi+', P.KPROBE, 48 /* BPF_TRACE_UPROBE_MULTI */, 0),
  def('uretprobe.multi+', P.KPROBE, 48 /* BPF_TRACE_UPROBE_MULTI */, 0),
  def('uprobe.session+', P.KPROBE, 57 /* BPF_TRACE_UPROBE_SESSION */, 0),
  def('uprobe.multi.s+', P.KPROBE, 48 /* BPF_TRACE_UPROBE_MULTI */, SLEEPABLE),
  def('uretprobe.multi.s+', P.KPROBE, 48 /* BPF_TRACE_UPROBE_MULTI */, SLEEPABLE),
  def('uprobe.session.s+', P.KPROBE, 57 /* BPF_TRACE_UPROBE_SESSION */, SLEEPABLE),
  def('ksyscall+', P.KPROBE, 0, 0),
  def('kretsyscall+', P.KPROBE, 0, 0),
  def('usdt+', P.KPROBE, 0, USDT),
  def('usdt.s+', P.KPROBE, 0, USDT | SLEEPABLE),
  def('tc/ingress', P.SCHED_CLS, 46 /* BPF_TCX_INGRESS */, 0),
  def('tc/egress', P.SCHED_CLS, 47 /* BPF_TCX_EGRESS */, 0),
  def('tcx/ingress', P.SCHED_CLS, 46 /* BPF_TCX_INGRESS */, 0),
  def('tcx/egress', P.SCHED_CLS, 47 /* BPF_TCX_EGRESS */, 0),
  def('tc', P.SCHED_CLS, 0, 0),
  def('classifier', P.SCHED_CLS, 0, 0),
  def('action', P.SCHED_ACT, 0, 0),
  def('netkit/primary', P.SCHED_CLS, 54 /* BPF_NETKIT_PRIMARY */, 0),
  def('netkit/peer', P.SCHED_CLS, 55 /* BPF_NETKIT_PEER */, 0),
  def('tracepoint+', P.TRACEPOINT, 0, 0),
  def('tp+', P.TRACEPOINT, 0, 0),
  def('tracepoint.s+', P.TRACEPOINT, 0, SLEEPABLE),
  def('tp.s+', P.TRACEPOINT, 0, SLEEPABLE),
  def('raw_tracepoint+', P.RAW_TRACEPOINT, 0, 0),
  def('raw_tp+', P.RAW_TRACEPOINT, 0, 0),
  def('raw_tracepoint.s+', P.RAW_TRACEPOINT, 0, SLEEPABLE),
  def('raw_tp.s+', P.RAW_TRACEPOINT, 0, SLEEPABLE),
  def('raw_tracepoint.w+', P.RAW_TRACEPOINT_WRITABLE, 0, 0),
  def('raw_tp.w+', P.RAW_TRACEPOINT_WRITABLE, 0, 0),
  def('tp_btf+', P.TRACING, 23 /* BPF_TRACE_RAW_TP */, ATTACH_BTF),
  def('tp_btf.s+', P.TRACING, 23 /* BPF_TRACE_RAW_TP */, ATTACH_BTF | SLEEPABLE),
  def('fentry+', P.TRACING, 24 /* BPF_TRACE_FENTRY */, ATTACH_BTF),
  def('fmod_ret+', P.TRACING, 26 /* BPF_MODIFY_RETURN */, ATTACH_BTF),
  def('fexit+', P.TRACING, 25 /* BPF_TRACE_FEXIT */, ATTACH_BTF),
  def('fentry.s+', P.TRACING, 24 /* BPF_TRACE_FENTRY */, ATTACH_BTF | SLEEPABLE),
  def('fmod_ret.s+', P.TRACING, 26 /* BPF_MODIFY_RETURN */, ATTACH_BTF | SLEEPABLE),
  def('fexit.s+', P.TRACING, 25 /* BPF_TRACE_FEXIT */, ATTACH_BTF | SLEEPABLE),
  def('freplace+', P.EXT, 0, ATTACH_BTF),
  def('lsm+', P.LSM, 27 /* BPF_LSM_MAC */, ATTACH_BTF),
  def('lsm.s+', P.LSM, 27 /* BPF_LSM_MAC */, ATTACH_BTF | SLEEPABLE),
  def('lsm_cgroup+', P.LSM, 43 /* BPF_LSM_CGROUP */, ATTACH_BTF),
  def('iter+', P.TRACING, 28 /* BPF_TRACE_ITER */, ATTACH_BTF),
  def('iter.s+', P.TRACING, 28 /* BPF_TRACE_ITER */, ATTACH_BTF | SLEEPABLE),
  def('syscall', P.SYSCALL, 0, SLEEPABLE),
  def('xdp.frags/devmap', P.XDP, 33 /* BPF_XDP_DEVMAP */, XDP_FRAGS),
  def('xdp/devmap', P.XDP, 33 /* BPF_XDP_DEVMAP */, 0),
  def('xdp.frags/cpumap', P.XDP, 35 /* BPF_XDP_CPUMAP */, XDP_FRAGS),
  def('xdp/cpumap', P.XDP, 35 /* BPF_XDP_CPUMAP */, 0),
  def('xdp.frags', P.XDP, 37 /* BPF_XDP */, XDP_FRAGS),
  def('xdp', P.XDP, 37 /* BPF_XDP */, 0),
  def('perf_event', P.PERF_EVENT, 0, 0),
  def('lwt_in', P.LWT_IN, 0, 0),
  def('lwt_out', P.LWT_OUT, 0, 0),
  def('lwt_xmit', P.LWT_XMIT, 0, 0),
  def('lwt_seg6local', P.LWT_SEG6LOCAL, 0, 0),
  def('sockops', P.SOCK_OPS, 3 /* BPF_CGROUP_SOCK_OPS */, 0),
  def('sk_skb/stream_parser', P.SK_SKB, 4 /* BPF_SK_SKB_STREAM_PARSER */, 0),
  def('sk_skb/stream_verdict', P.SK_SKB, 5 /* BPF_SK_SKB_STREAM_VERDICT */, 0),
  def('sk_skb/verdict', P.SK_SKB, 38 /* BPF_SK_SKB_VERDICT */, 0),
  def('sk_skb', P.SK_SKB, 0, 0),
  def('sk_msg', P.SK_MSG, 7 /* BPF_SK_MSG_VERDICT */, 0),
  def('lirc_mode2', P.LIRC_MODE2, 16 /* BPF_LIRC_MODE2 */, 0),
  def('flow_dissector', P.FLOW_DISSECTOR, 17 /* BPF_FLOW_DISSECTOR */, 0),
  def('cgroup_skb/ingress', P.CGROUP_SKB, 0 /* BPF_CGROUP_INET_INGRESS */, 0),
  def('cgroup_skb/egress', P.CGROUP_SKB, 1 /* BPF_CGROUP_INET_EGRESS */, 0),
  def('cgroup/skb', P.CGROUP_SKB, 0, 0),
  def('cgroup/sock_create', P.CGROUP_SOCK, 2 /* BPF_CGROUP_INET_SOCK_CREATE */, 0),
  def('cgroup/sock_release', P.CGROUP_SOCK, 34 /* BPF_CGROUP_INET_SOCK_RELEASE */, 0),
  def('cgroup/sock', P.CGROUP_SOCK, 2 /* BPF_CGROUP_INET_SOCK_CREATE */, 0),
  def('cgroup/post_bind4', P.CGROUP_SOCK, 12 /* BPF_CGROUP_INET4_POST_BIND */, 0),
  def('cgroup/post_bind6', P.CGROUP_SOCK, 13 /* BPF_CGROUP_INET6_POST_BIND */, 0),
  def('cgroup/bind4', P.CGROUP_SOCK_ADDR, 8 /* BPF_CGROUP_INET4_BIND */, 0),
  def('cgroup/bind6', P.CGROUP_SOCK_ADDR, 9 /* BPF_CGROUP_INET6_BIND */, 0),
  def('cgroup/connect4', P.CGROUP_SOCK_ADDR, 10 /* BPF_CGROUP_INET4_CONNECT */, 0),
  def('cgroup/connect6', P.CGROUP_SOCK_ADDR, 11 /* BPF_CGROUP_INET6_CONNECT */, 0),
  def('cgroup/connect_unix', P.CGROUP_SOCK_ADDR, 49 /* BPF_CGROUP_UNIX_CONNECT */, 0),
  def('cgroup/sendmsg4', P.CGROUP_SOCK_ADDR, 14 /* BPF_CGROUP_UDP4_SENDMSG */, 0),
  def('cgroup/sendmsg6', P.CGROUP_SOCK_ADDR, 15 /* BPF_CGROUP_UDP6_SENDMSG */, 0),
  def('cgroup/sendmsg_unix', P.CGROUP_SOCK_ADDR, 50 /* BPF_CGROUP_UNIX_SENDMSG */, 0),
  def('cgroup/recvmsg4', P.CGROUP_SOCK_ADDR, 19 /* BPF_CGROUP_UDP4_RECVMSG */, 0),
  def('cgroup/recvmsg6', P.CGROUP_SOCK_ADDR, 20 /* BPF_CGROUP_UDP6_RECVMSG */, 0),
  def('cgroup/recvmsg_unix', P.CGROUP_SOCK_ADDR, 51 /* BPF_CGROUP_UNIX_RECVMSG */, 0),
  def('cgroup/getpeername4', P.CGROUP_SOCK_ADDR, 29 /* BPF_CGROUP_INET4_GETPEERNAME */, 0),
  def('cgroup/getpeername6', P.CGROUP_SOCK_ADDR, 30 /* BPF_CGROUP_INET6_GETPEERNAME */, 0),
  def('cgroup/getpeername_unix', P.CGROUP_SOCK_ADDR, 52 /* BPF_CGROUP_UNIX_GETPEERNAME */, 0),
  def('cgroup/getsockname4', P.CGROUP_SOCK_ADDR, 31 /* BPF_CGROUP_INET4_GETSOCKNAME */, 0),
  def('cgroup/getsockname6', P.CGROUP_SOCK_ADDR, 32 /* BPF_CGROUP_INET6_GETSOCKNAME */, 0),
  def('cgroup/getsockname_unix', P.CGROUP_SOCK_ADDR, 53 /* BPF_CGROUP_UNIX_GETSOCKNAME */, 0),
  def('cgroup/sysctl', P.CGROUP_SYSCTL, 18 /* BPF_CGROUP_SYSCTL */, 0),
  def('cgroup/getsockopt', P.CGROUP_SOCKOPT, 21 /* BPF_CGROUP_GETSOCKOPT */, 0),
  def('cgroup/setsockopt', P.CGROUP_SOCKOPT, 22 /* BPF_CGROUP_SETSOCKOPT */, 0),
  def('cgroup/dev', P.CGROUP_DEVICE, 6 /* BPF_CGROUP_DEVICE */, 0),
  def('struct_ops+', P.STRUCT_OPS, 0, 0),
  def('struct_ops.s+', P.STRUCT_OPS, 0, SLEEPABLE),
  def('sk_lookup', P.SK_LOOKUP, 36 /* BPF_SK_LOOKUP */, 0),
  def('netfilter', P.NETFILTER, 45 /* BPF_NETFILTER */, 0),
];

function matches(pattern: string, name: string): boolean {
  if (!pattern.endsWith('+')) return pattern === name;
  const prefix = pattern.slice(0, -1);
  return name === prefix || name.startsWith(`${prefix}/`);
}

/** The definition that a section name (without its leading `?`) selects, or null. */
export function findSectionDef(name: string): SectionDef | null {
  return SECTION_DEFS.find((d) => matches(d.pattern, name)) ?? null;
}

/** What follows the prefix and "/" of an open-ended name; null where the name is fixed or has no target. */
export function targetOf(def: SectionDef, name: string): string | null {
  const prefix = def.pattern.length - 1;
  return def.pattern.endsWith('+') && name.length > prefix ? name.slice(prefix + 1) : null;
}
