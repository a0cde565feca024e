import { BPF_ATTACH_TYPE as A, BPF_PROG_TYPE as P } from '../uapi/prog-types.ts';

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
  def('socket', P.socket_filter, 0, 0),
  def('sk_reuseport/migrate', P.sk_reuseport, A.sk_reuseport_select_or_migrate, 0),
  def('sk_reuseport', P.sk_reuseport, A.sk_reuseport_select, 0),
  def('kprobe+', P.kprobe, 0, 0),
  def('uprobe+', P.kprobe, 0, 0),
  def('uprobe.s+', P.kprobe, 0, SLEEPABLE),
  def('kretprobe+', P.kprobe, 0, 0),
  def('uretprobe+', P.kprobe, 0, 0),
  def('uretprobe.s+', P.kprobe, 0, SLEEPABLE),
  def('kprobe.multi+', P.kprobe, A.trace_kprobe_multi, 0),
  def('kretprobe.multi+', P.kprobe, A.trace_kprobe_multi, 0),
  def('kprobe.session+', P.kprobe, A.trace_kprobe_session, 0),
  def('uprobe.multi+', P.kprobe, A.trace_uprobe_multi, 0),
  def('uretprobe.multi+', P.kprobe, A.trace_uprobe_multi, 0),
  def('uprobe.session+', P.kprobe, A.trace_uprobe_session, 0),
  def('uprobe.multi.s+', P.kprobe, A.trace_uprobe_multi, SLEEPABLE),
  def('uretprobe.multi.s+', P.kprobe, A.trace_uprobe_multi, SLEEPABLE),
  def('uprobe.session.s+', P.kprobe, A.trace_uprobe_session, SLEEPABLE),
  def('ksyscall+', P.kprobe, 0, 0),
  def('kretsyscall+', P.kprobe, 0, 0),
  def('usdt+', P.kprobe, 0, USDT),
  def('usdt.s+', P.kprobe, 0, USDT | SLEEPABLE),
  def('tc/ingress', P.sched_cls, A.tcx_ingress, 0),
  def('tc/egress', P.sched_cls, A.tcx_egress, 0),
  def('tcx/ingress', P.sched_cls, A.tcx_ingress, 0),
  def('tcx/egress', P.sched_cls, A.tcx_egress, 0),
  def('tc', P.sched_cls, 0, 0),
  def('classifier', P.sched_cls, 0, 0),
  def('action', P.sched_act, 0, 0),
  def('netkit/primary', P.sched_cls, A.netkit_primary, 0),
  def('netkit/peer', P.sched_cls, A.netkit_peer, 0),
  def('tracepoint+', P.tracepoint, 0, 0),
  def('tp+', P.tracepoint, 0, 0),
  def('tracepoint.s+', P.tracepoint, 0, SLEEPABLE),
  def('tp.s+', P.tracepoint, 0, SLEEPABLE),
  def('raw_tracepoint+', P.raw_tracepoint, 0, 0),
  def('raw_tp+', P.raw_tracepoint, 0, 0),
  def('raw_tracepoint.s+', P.raw_tracepoint, 0, SLEEPABLE),
  def('raw_tp.s+', P.raw_tracepoint, 0, SLEEPABLE),
  def('raw_tracepoint.w+', P.raw_tracepoint_writable, 0, 0),
  def('raw_tp.w+', P.raw_tracepoint_writable, 0, 0),
  def('tp_btf+', P.tracing, A.trace_raw_tp, ATTACH_BTF),
  def('tp_btf.s+', P.tracing, A.trace_raw_tp, ATTACH_BTF | SLEEPABLE),
  def('fentry+', P.tracing, A.trace_fentry, ATTACH_BTF),
  def('fmod_ret+', P.tracing, A.modify_return, ATTACH_BTF),
  def('fexit+', P.tracing, A.trace_fexit, ATTACH_BTF),
  def('fentry.s+', P.tracing, A.trace_fentry, ATTACH_BTF | SLEEPABLE),
  def('fmod_ret.s+', P.tracing, A.modify_return, ATTACH_BTF | SLEEPABLE),
  def('fexit.s+', P.tracing, A.trace_fexit, ATTACH_BTF | SLEEPABLE),
  def('freplace+', P.ext, 0, ATTACH_BTF),
  def('lsm+', P.lsm, A.lsm_mac, ATTACH_BTF),
  def('lsm.s+', P.lsm, A.lsm_mac, ATTACH_BTF | SLEEPABLE),
  def('lsm_cgroup+', P.lsm, A.lsm_cgroup, ATTACH_BTF),
  def('iter+', P.tracing, A.trace_iter, ATTACH_BTF),
  def('iter.s+', P.tracing, A.trace_iter, ATTACH_BTF | SLEEPABLE),
  def('syscall', P.syscall, 0, SLEEPABLE),
  def('xdp.frags/devmap', P.xdp, A.xdp_devmap, XDP_FRAGS),
  def('xdp/devmap', P.xdp, A.xdp_devmap, 0),
  def('xdp.frags/cpumap', P.xdp, A.xdp_cpumap, XDP_FRAGS),
  def('xdp/cpumap', P.xdp, A.xdp_cpumap, 0),
  def('xdp.frags', P.xdp, A.xdp, XDP_FRAGS),
  def('xdp', P.xdp, A.xdp, 0),
  def('perf_event', P.perf_event, 0, 0),
  def('lwt_in', P.lwt_in, 0, 0),
  def('lwt_out', P.lwt_out, 0, 0),
  def('lwt_xmit', P.lwt_xmit, 0, 0),
  def('lwt_seg6local', P.lwt_seg6local, 0, 0),
  def('sockops', P.sock_ops, A.cgroup_sock_ops, 0),
  def('sk_skb/stream_parser', P.sk_skb, A.sk_skb_stream_parser, 0),
  def('sk_skb/stream_verdict', P.sk_skb, A.sk_skb_stream_verdict, 0),
  def('sk_skb/verdict', P.sk_skb, A.sk_skb_verdict, 0),
  def('sk_skb', P.sk_skb, 0, 0),
  def('sk_msg', P.sk_msg, A.sk_msg_verdict, 0),
  def('lirc_mode2', P.lirc_mode2, A.lirc_mode2, 0),
  def('flow_dissector', P.flow_dissector, A.flow_dissector, 0),
  def('cgroup_skb/ingress', P.cgroup_skb, A.cgroup_inet_ingress, 0),
  def('cgroup_skb/egress', P.cgroup_skb, A.cgroup_inet_egress, 0),
  def('cgroup/skb', P.cgroup_skb, 0, 0),
  def('cgroup/sock_create', P.cgroup_sock, A.cgroup_inet_sock_create, 0),
  def('cgroup/sock_release', P.cgroup_sock, A.cgroup_inet_sock_release, 0),
  def('cgroup/sock', P.cgroup_sock, A.cgroup_inet_sock_create, 0),
  def('cgroup/post_bind4', P.cgroup_sock, A.cgroup_inet4_post_bind, 0),
  def('cgroup/post_bind6', P.cgroup_sock, A.cgroup_inet6_post_bind, 0),
  def('cgroup/bind4', P.cgroup_sock_addr, A.cgroup_inet4_bind, 0),
  def('cgroup/bind6', P.cgroup_sock_addr, A.cgroup_inet6_bind, 0),
  def('cgroup/connect4', P.cgroup_sock_addr, A.cgroup_inet4_connect, 0),
  def('cgroup/connect6', P.cgroup_sock_addr, A.cgroup_inet6_connect, 0),
  def('cgroup/connect_unix', P.cgroup_sock_addr, A.cgroup_unix_connect, 0),
  def('cgroup/sendmsg4', P.cgroup_sock_addr, A.cgroup_udp4_sendmsg, 0),
  def('cgroup/sendmsg6', P.cgroup_sock_addr, A.cgroup_udp6_sendmsg, 0),
  def('cgroup/sendmsg_unix', P.cgroup_sock_addr, A.cgroup_unix_sendmsg, 0),
  def('cgroup/recvmsg4', P.cgroup_sock_addr, A.cgroup_udp4_recvmsg, 0),
  def('cgroup/recvmsg6', P.cgroup_sock_addr, A.cgroup_udp6_recvmsg, 0),
  def('cgroup/recvmsg_unix', P.cgroup_sock_addr, A.cgroup_unix_recvmsg, 0),
  def('cgroup/getpeername4', P.cgroup_sock_addr, A.cgroup_inet4_getpeername, 0),
  def('cgroup/getpeername6', P.cgroup_sock_addr, A.cgroup_inet6_getpeername, 0),
  def('cgroup/getpeername_unix', P.cgroup_sock_addr, A.cgroup_unix_getpeername, 0),
  def('cgroup/getsockname4', P.cgroup_sock_addr, A.cgroup_inet4_getsockname, 0),
  def('cgroup/getsockname6', P.cgroup_sock_addr, A.cgroup_inet6_getsockname, 0),
  def('cgroup/getsockname_unix', P.cgroup_sock_addr, A.cgroup_unix_getsockname, 0),
  def('cgroup/sysctl', P.cgroup_sysctl, A.cgroup_sysctl, 0),
  def('cgroup/getsockopt', P.cgroup_sockopt, A.cgroup_getsockopt, 0),
  def('cgroup/setsockopt', P.cgroup_sockopt, A.cgroup_setsockopt, 0),
  def('cgroup/dev', P.cgroup_device, A.cgroup_device, 0),
  def('struct_ops+', P.struct_ops, 0, 0),
  def('struct_ops.s+', P.struct_ops, 0, SLEEPABLE),
  def('sk_lookup', P.sk_lookup, A.sk_lookup, 0),
  def('netfilter', P.netfilter, A.netfilter, 0),
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
