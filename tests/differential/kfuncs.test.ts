import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Btf } from '../../src-core/btf/btf.ts';
import { BpfInsns } from '../../src-core/isa/program.ts';
import { isDevBoundKfunc, KFUNC_NAMES, kfuncFlags } from '../../src-core/platform/kfuncs.ts';
import {
  type AttachTypeName,
  BPF_ATTACH_TYPE,
  BPF_PROG_TYPE,
  type ProgTypeName,
} from '../../src-core/uapi/prog-types.ts';
import { closeFd, loadProgram, oracleMissing } from '../kernel/oracle.ts';

interface Caller {
  readonly type: ProgTypeName;
  readonly attach: AttachTypeName;
  /** vmlinux type that programs of the type attach to, by name. */
  readonly target?: string;
}

const CALLERS: readonly Caller[] = [
  { type: 'socket_filter', attach: 'cgroup_inet_ingress' },
  { type: 'kprobe', attach: 'cgroup_inet_ingress' },
  { type: 'kprobe', attach: 'trace_kprobe_session' },
  { type: 'sched_cls', attach: 'cgroup_inet_ingress' },
  { type: 'sched_act', attach: 'cgroup_inet_ingress' },
  { type: 'tracepoint', attach: 'cgroup_inet_ingress' },
  { type: 'xdp', attach: 'xdp' },
  { type: 'perf_event', attach: 'cgroup_inet_ingress' },
  { type: 'cgroup_skb', attach: 'cgroup_inet_ingress' },
  { type: 'cgroup_sock', attach: 'cgroup_inet_sock_create' },
  { type: 'lwt_in', attach: 'cgroup_inet_ingress' },
  { type: 'sock_ops', attach: 'cgroup_sock_ops' },
  { type: 'sk_skb', attach: 'sk_skb_stream_verdict' },
  { type: 'sk_msg', attach: 'sk_msg_verdict' },
  { type: 'cgroup_device', attach: 'cgroup_device' },
  { type: 'raw_tracepoint', attach: 'cgroup_inet_ingress' },
  { type: 'raw_tracepoint_writable', attach: 'cgroup_inet_ingress' },
  { type: 'cgroup_sock_addr', attach: 'cgroup_unix_connect' },
  { type: 'sk_reuseport', attach: 'sk_reuseport_select' },
  { type: 'flow_dissector', attach: 'flow_dissector' },
  { type: 'cgroup_sysctl', attach: 'cgroup_sysctl' },
  { type: 'cgroup_sockopt', attach: 'cgroup_setsockopt' },
  { type: 'tracing', attach: 'trace_iter', target: 'bpf_iter_bpf_map' },
  { type: 'tracing', attach: 'trace_raw_tp', target: 'btf_trace_task_newtask' },
  { type: 'sk_lookup', attach: 'sk_lookup' },
  { type: 'syscall', attach: 'cgroup_inet_ingress' },
  { type: 'netfilter', attach: 'netfilter' },
];

const BPF_F_SLEEPABLE = 16;

/** What the kernel's log says to a call of the kfunc: is it allowed? */
function kernelAllows(caller: Caller, kfunc: number, target: number): boolean | null {
  const insns = BpfInsns.fromRaw([
    { code: 0x85, dst: 0, src: 2, off: 0, imm: kfunc },
    { code: 0xb7, dst: 0, src: 0, off: 0, imm: 0 },
    { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 },
  ]);
  const { fd, log } = loadProgram({
    type: BPF_PROG_TYPE[caller.type],
    expectedAttachType: BPF_ATTACH_TYPE[caller.attach],
    attachBtfId: target,
    flags: caller.type === 'syscall' ? BPF_F_SLEEPABLE : 0,
    insns: insns.toBytes(),
    logLevel: 1,
    logSize: 1 << 16,
  });
  if (fd !== null) closeFd(fd);
  if (fd === null && log === '') return null;
  return !log.includes('is not allowed');
}

describe.skipIf(oracleMissing() !== null)(`kfuncs of the live kernel (${oracleMissing() ?? 'here'})`, () => {
  it('are allowed to the same program types', () => {
    const vmlinux = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
    const differing: string[] = [];
    let asked = 0;
    for (const caller of CALLERS) {
      const target = caller.target === undefined ? 0 : (vmlinux.findByName(caller.target) ?? 0);
      for (const name of KFUNC_NAMES) {
        const id = vmlinux.findByName(name, 'func');
        if (id === null) continue;
        // Refused before its program type is looked at, for want of a device.
        if (isDevBoundKfunc(name)) continue;
        const live = kernelAllows(caller, id, target);
        const prog = { type: BPF_PROG_TYPE[caller.type], attachType: BPF_ATTACH_TYPE[caller.attach] };
        const ours = kfuncFlags(name, prog) !== null;
        asked++;
        if (live !== ours)
          differing.push(`${caller.type}/${caller.attach} ${name}: kernel ${live}, ours ${ours}`);
      }
    }
    expect(differing).toEqual([]);
    expect(asked).toBeGreaterThan(4000);
  });
});
