import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, PROG_TYPE_NAMES, type ProgTypeName } from '../../uapi/prog-types.ts';
import type { ProgKind } from '../prog-types.ts';
import { CGROUP_DEVICE } from './cgroup-device.ts';
import { CGROUP_SKB } from './cgroup-skb.ts';
import { CGROUP_SOCK } from './cgroup-sock.ts';
import { CGROUP_SOCK_ADDR } from './cgroup-sock-addr.ts';
import { CGROUP_SOCKOPT } from './cgroup-sockopt.ts';
import { CGROUP_SYSCTL } from './cgroup-sysctl.ts';
import { EXT } from './ext.ts';
import { FLOW_DISSECTOR } from './flow-dissector.ts';
import { KPROBE } from './kprobe.ts';
import { LSM } from './lsm.ts';
import { LWT_IN, LWT_OUT, LWT_SEG6LOCAL, LWT_XMIT } from './lwt.ts';
import { NETFILTER } from './netfilter.ts';
import type { ProgOps } from './ops.ts';
import { PERF_EVENT } from './perf-event.ts';
import { RAW_TRACEPOINT, RAW_TRACEPOINT_WRITABLE } from './raw-tracepoint.ts';
import { SK_LOOKUP } from './sk-lookup.ts';
import { SK_MSG } from './sk-msg.ts';
import { SK_REUSEPORT } from './sk-reuseport.ts';
import { SK_SKB } from './sk-skb.ts';
import { SOCK_OPS } from './sock-ops.ts';
import { SOCKET_FILTER } from './socket-filter.ts';
import { STRUCT_OPS } from './struct-ops.ts';
import { SYSCALL } from './syscall.ts';
import { SCHED_ACT, SCHED_CLS } from './tc.ts';
import { TRACEPOINT } from './tracepoint.ts';
import { TRACING } from './tracing.ts';
import { XDP } from './xdp.ts';

/** bpf_prog_types[]; the reference kernel is built without infrared remote controls (lirc_mode2). */
const OPS: Record<ProgTypeName, ProgOps | null> = {
  unspec: null,
  socket_filter: SOCKET_FILTER,
  kprobe: KPROBE,
  sched_cls: SCHED_CLS,
  sched_act: SCHED_ACT,
  tracepoint: TRACEPOINT,
  xdp: XDP,
  perf_event: PERF_EVENT,
  cgroup_skb: CGROUP_SKB,
  cgroup_sock: CGROUP_SOCK,
  lwt_in: LWT_IN,
  lwt_out: LWT_OUT,
  lwt_xmit: LWT_XMIT,
  sock_ops: SOCK_OPS,
  sk_skb: SK_SKB,
  cgroup_device: CGROUP_DEVICE,
  sk_msg: SK_MSG,
  raw_tracepoint: RAW_TRACEPOINT,
  cgroup_sock_addr: CGROUP_SOCK_ADDR,
  lwt_seg6local: LWT_SEG6LOCAL,
  lirc_mode2: null,
  sk_reuseport: SK_REUSEPORT,
  flow_dissector: FLOW_DISSECTOR,
  cgroup_sysctl: CGROUP_SYSCTL,
  raw_tracepoint_writable: RAW_TRACEPOINT_WRITABLE,
  cgroup_sockopt: CGROUP_SOCKOPT,
  tracing: TRACING,
  struct_ops: STRUCT_OPS,
  ext: EXT,
  lsm: LSM,
  sk_lookup: SK_LOOKUP,
  syscall: SYSCALL,
  netfilter: NETFILTER,
};

const BY_NUMBER = PROG_TYPE_NAMES.map((name) => OPS[name]);

/** What the kernel knows of a program type; null for a number it has no program type for. */
export const progOpsOf = (type: number): ProgOps | null => BY_NUMBER[type] ?? null;

/** bpf_prog_load_fixup_attach_type(): two types turn "none" into their first attach type. */
export function fixupAttachType({ type, attachType }: ProgKind): number {
  if (attachType !== 0) return attachType;
  if (type === BPF_PROG_TYPE.cgroup_sock) return BPF_ATTACH_TYPE.cgroup_inet_sock_create;
  return type === BPF_PROG_TYPE.sk_reuseport ? BPF_ATTACH_TYPE.sk_reuseport_select : 0;
}
