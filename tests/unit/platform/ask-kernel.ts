import type { BtfKind } from '../../../src-core/btf/kinds.ts';
import {
  BPF_ALU64,
  BPF_CALL,
  BPF_EXIT,
  BPF_JMP,
  BPF_LDX,
  BPF_MEM,
  BPF_MOV,
  BPF_STX,
} from '../../../src-core/isa/opcodes.ts';
import { BpfInsns, type RawInsn } from '../../../src-core/isa/program.ts';
import { HELPER_COUNT } from '../../../src-core/platform/func-access.ts';
import type { ProgKind } from '../../../src-core/platform/prog-types.ts';
import {
  type AttachTypeName,
  BPF_ATTACH_TYPE,
  BPF_PROG_TYPE,
  type ProgTypeName,
} from '../../../src-core/uapi/prog-types.ts';
import { closeFd, loadProgram } from '../../kernel/oracle.ts';
import { runningBtf } from '../../kernel/running-btf.ts';

/** A program as it is shown to the kernel. */
export interface AskedKind extends ProgKind {
  readonly sleepable: boolean;
  /** Name and kind of the vmlinux type that it is bound to. */
  readonly bound: readonly [name: string, kind: BtfKind] | null;
  /** HelperCaller.target */
  readonly target: string | null;
}

const kindOf = (
  type: ProgTypeName,
  attachType: AttachTypeName | number = 0,
  more: Partial<AskedKind> = {},
): AskedKind => ({
  type: BPF_PROG_TYPE[type],
  attachType: typeof attachType === 'number' ? attachType : BPF_ATTACH_TYPE[attachType],
  sleepable: false,
  bound: null,
  target: null,
  ...more,
});

const iter = (name: string): AskedKind =>
  kindOf('tracing', 'trace_iter', { bound: [name, 'func'], target: name });
const member = (struct: string, index: number, name: string): AskedKind =>
  kindOf('struct_ops', index, { bound: [struct, 'struct'], target: `${struct}.${name}` });

const SOCK_ADDR: readonly AttachTypeName[] = [
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
];
const SOCK: readonly AttachTypeName[] = [
  'cgroup_inet_sock_create',
  'cgroup_inet_sock_release',
  'cgroup_inet4_post_bind',
  'cgroup_inet6_post_bind',
];

/** Programs whose helpers are compared with the kernel's answers. */
export const KINDS: Readonly<Record<string, AskedKind>> = {
  socket_filter: kindOf('socket_filter'),
  kprobe: kindOf('kprobe'),
  kprobe_multi: kindOf('kprobe', 'trace_kprobe_multi'),
  sched_cls: kindOf('sched_cls'),
  sched_act: kindOf('sched_act'),
  tracepoint: kindOf('tracepoint'),
  xdp: kindOf('xdp', 'xdp'),
  xdp_devmap: kindOf('xdp', 'xdp_devmap'),
  perf_event: kindOf('perf_event'),
  cgroup_skb: kindOf('cgroup_skb'),
  raw_tracepoint: kindOf('raw_tracepoint'),
  raw_tracepoint_writable: kindOf('raw_tracepoint_writable'),
  lwt_in: kindOf('lwt_in'),
  lwt_out: kindOf('lwt_out'),
  lwt_xmit: kindOf('lwt_xmit'),
  lwt_seg6local: kindOf('lwt_seg6local'),
  sock_ops: kindOf('sock_ops', 'cgroup_sock_ops'),
  sk_skb: kindOf('sk_skb', 'sk_skb_stream_verdict'),
  sk_msg: kindOf('sk_msg', 'sk_msg_verdict'),
  cgroup_device: kindOf('cgroup_device', 'cgroup_device'),
  cgroup_sysctl: kindOf('cgroup_sysctl', 'cgroup_sysctl'),
  cgroup_getsockopt: kindOf('cgroup_sockopt', 'cgroup_getsockopt'),
  cgroup_setsockopt: kindOf('cgroup_sockopt', 'cgroup_setsockopt'),
  sk_reuseport: kindOf('sk_reuseport', 'sk_reuseport_select'),
  flow_dissector: kindOf('flow_dissector', 'flow_dissector'),
  sk_lookup: kindOf('sk_lookup', 'sk_lookup'),
  netfilter: kindOf('netfilter', 'netfilter'),
  syscall: kindOf('syscall', 0, { sleepable: true }),
  ...Object.fromEntries(SOCK_ADDR.map((name) => [name, kindOf('cgroup_sock_addr', name)])),
  ...Object.fromEntries(SOCK.map((name) => [name, kindOf('cgroup_sock', name)])),
  tp_btf: kindOf('tracing', 'trace_raw_tp', { bound: ['btf_trace_sched_switch', 'typedef'] }),
  iter_task: iter('bpf_iter_task'),
  iter_tcp: iter('bpf_iter_tcp'),
  iter_unix: iter('bpf_iter_unix'),
  tcp_init: member('tcp_congestion_ops', 16, 'init'),
  tcp_release: member('tcp_congestion_ops', 17, 'release'),
  dummy_test_1: member('bpf_dummy_ops', 0, 'test_1'),
};

/** Those whose context is laid out by fields. */
export const CONTEXT_KINDS = Object.entries(KINDS).filter(([, kind]) => kind.bound === null);

const SIZES = [1, 2, 4, 8];
const SIZE_CODES = [0x10, 0x08, 0x00, 0x18];
/** Context offsets asked about: past the end of every context but a tracepoint's. */
export const CTX_OFFSETS = 232;

function insn(code: number, dst: number, src: number, off: number, imm: number): RawInsn {
  return { code, dst, src, off, imm };
}

const BPF_F_SLEEPABLE = 16;
const RETURN_0 = [insn(BPF_ALU64 | BPF_MOV, 0, 0, 0, 0), insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)];

function logOf(kind: AskedKind, insns: RawInsn[]): string {
  const { fd, log } = loadProgram({
    type: kind.type,
    expectedAttachType: kind.attachType,
    flags: kind.sleepable ? BPF_F_SLEEPABLE : 0,
    attachBtfId: kind.bound === null ? 0 : (runningBtf().findByName(...kind.bound) ?? 0),
    insns: BpfInsns.fromRaw(insns).toBytes(),
    logLevel: 1,
    logSize: 65536,
  });
  if (fd !== null) closeFd(fd);
  return log;
}

/** Ids of the helpers that the kernel lets programs of this kind call. */
export function askHelpers(kind: AskedKind): number[] {
  const ids: number[] = [];
  for (let id = 1; id < HELPER_COUNT; id++) {
    const log = logOf(kind, [insn(BPF_JMP | BPF_CALL, 0, 0, 0, id), ...RETURN_0]);
    if (!/program of this type cannot use helper|unknown func/.test(log)) ids.push(id);
  }
  return ids;
}

function accessMask(kind: AskedKind, off: number, write: boolean): number {
  let mask = 0;
  SIZES.forEach((_, i) => {
    const access = write
      ? insn(BPF_STX | BPF_MEM | SIZE_CODES[i], 1, 2, off, 0)
      : insn(BPF_LDX | BPF_MEM | SIZE_CODES[i], 0, 1, off, 0);
    const log = logOf(kind, [insn(BPF_ALU64 | BPF_MOV, 2, 0, 0, 0), access, ...RETURN_0]);
    if (!/invalid bpf_context access/.test(log)) mask |= 1 << i;
  });
  return mask;
}

/** Two hex digits an offset: sizes that may be read, sizes that may be written (bit i: 2^i bytes). */
export function askContext(kind: AskedKind): string {
  let out = '';
  for (let off = 0; off < CTX_OFFSETS; off++) {
    out += accessMask(kind, off, false).toString(16) + accessMask(kind, off, true).toString(16);
  }
  return out;
}

export interface KernelAnswers {
  readonly helpers: Readonly<Record<string, readonly number[]>>;
  readonly context: Readonly<Record<string, string>>;
}

export function askKernel(): KernelAnswers {
  const kinds = Object.entries(KINDS);
  return {
    helpers: Object.fromEntries(kinds.map(([name, kind]) => [name, askHelpers(kind)])),
    context: Object.fromEntries(CONTEXT_KINDS.map(([name, kind]) => [name, askContext(kind)])),
  };
}
