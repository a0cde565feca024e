import type { ProgramSpec } from '../object/spec.ts';
import type { HookPoint } from '../sim/events.ts';
import { BPF_ATTACH_TYPE as A, BPF_PROG_TYPE as P } from '../uapi/prog-types.ts';
import type { SimKernel } from './kernel.ts';
import { LINK_TYPE } from './link-object.ts';

/** Device that programs of the network are attached to unless told: eth0. */
const ETH0 = 2;

/** What libbpf's attach function of a section does: a link, or why there is none. */
export type AttachResult =
  | { readonly ok: true; readonly fd: number }
  | { readonly ok: false; readonly why: string };

/** "syscalls/sys_enter_openat" as category and name. */
function tracepointOf(target: string | null): HookPoint | null {
  const [category, name] = (target ?? '').split('/');
  return category === '' || name === undefined ? null : { hook: 'tracepoint', category, name };
}

/** Where perf events attach a program: tracepoints, probes and samples (perf_event_open(), then a link). */
function perfPoint(prog: ProgramSpec): HookPoint | null {
  const target = prog.attachTarget;
  if (prog.type === P.tracepoint) return tracepointOf(target);
  if (prog.type === P.perf_event) return { hook: 'perf_event' };
  if (prog.type !== P.kprobe || target === null) return null;
  const returns = prog.section.startsWith('kret');
  const name = prog.section.includes('syscall/') ? `__x64_sys_${target}` : target.replace(/\+.*$/, '');
  return { hook: returns ? 'kretprobe' : 'kprobe', name };
}

/** bpf_program__attach(): attaches a loaded program where its section says. */
export function attachProgram(
  kernel: SimKernel,
  prog: ProgramSpec,
  fd: number,
  ifindex = ETH0,
): AttachResult {
  const link = (attachType: number): AttachResult =>
    answer(kernel.call('LINK_CREATE', { progFd: fd, attachType, targetIfindex: ifindex }));
  switch (prog.type) {
    case P.xdp:
      return link(A.xdp);
    case P.sched_cls:
      return link(prog.expectedAttachType === A.tcx_egress ? A.tcx_egress : A.tcx_ingress);
    case P.cgroup_skb:
      return link(
        prog.expectedAttachType === A.cgroup_inet_egress ? A.cgroup_inet_egress : A.cgroup_inet_ingress,
      );
    case P.raw_tracepoint:
    case P.raw_tracepoint_writable:
      return answer(kernel.call('RAW_TRACEPOINT_OPEN', { progFd: fd, name: prog.attachTarget }));
    case P.tracing:
    case P.lsm:
      return answer(kernel.call('RAW_TRACEPOINT_OPEN', { progFd: fd, name: null }));
    case P.socket_filter:
      return answer(kernel.linkTo(fd, { type: LINK_TYPE.perf_event, points: [{ hook: 'socket_filter' }] }));
    default: {
      const point = perfPoint(prog);
      if (point === null)
        return { ok: false, why: `programs of section "${prog.section}" cannot be attached yet` };
      return answer(kernel.linkTo(fd, { type: LINK_TYPE.perf_event, points: [point] }));
    }
  }
}

const answer = (result: {
  readonly ok: boolean;
  readonly fd?: number;
  readonly errno?: number;
}): AttachResult =>
  result.ok && result.fd !== undefined
    ? { ok: true, fd: result.fd }
    : { ok: false, why: `the kernel refuses: errno ${result.errno ?? 0}` };
