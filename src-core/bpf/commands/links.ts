import { vmlinuxOf } from '../../btf/vmlinux.ts';
import type { HookPoint } from '../../sim/events.ts';
import { EBUSY, EINVAL, ENODEV, ENOENT, ENOLINK, EOPNOTSUPP, EPERM } from '../../uapi/errno.ts';
import { BPF_ATTACH_TYPE as A, BPF_PROG_TYPE as P } from '../../uapi/prog-types.ts';
import type { Commands, Result } from '../api.ts';
import { LINK_TYPE, LinkObject, type LinkParts } from '../link-object.ts';
import type { ProgObject } from '../objects.ts';
import type { KernelState } from '../state.ts';

type Refusal = { readonly ok: false; readonly errno: number };
const refuse = (errno: number): Refusal => ({ ok: false, errno });
type Nothing = Result<Readonly<Record<never, never>>>;
type CreateAttr = Commands['LINK_CREATE']['attr'];

/** The program types that each attach type takes; tracing programs name theirs when they are loaded. */
const TYPE_OF = new Map<number, number>([
  [A.xdp, P.xdp],
  [A.tcx_ingress, P.sched_cls],
  [A.tcx_egress, P.sched_cls],
  [A.cgroup_inet_ingress, P.cgroup_skb],
  [A.cgroup_inet_egress, P.cgroup_skb],
  [A.trace_kprobe_multi, P.kprobe],
]);

function deviceHook(state: KernelState, attr: CreateAttr): HookPoint | number {
  const ifindex = attr.targetIfindex ?? 0;
  if (!state.host.devices.some((d) => d.ifindex === ifindex))
    return attr.attachType === A.xdp ? EINVAL : ENODEV;
  if (attr.attachType !== A.xdp)
    return { hook: attr.attachType === A.tcx_ingress ? 'tcx_ingress' : 'tcx_egress', ifindex };
  const point = { hook: 'xdp', ifindex } as const;
  // A device takes one program in each of its modes.
  return state.host.at(point).length > 0 ? EBUSY : point;
}

/** Where a tracing or LSM program goes, by the function or tracepoint it was loaded for; null without one. */
export function tracingPoint(state: KernelState, { attr }: ProgObject): HookPoint | null {
  const btf = vmlinuxOf(state.options.vmlinux);
  const target = btf?.has(attr.attachBtfId) ? btf.nameOf(attr.attachBtfId) : null;
  if (target === null) return null;
  switch (attr.expectedAttachType) {
    case A.trace_raw_tp:
      return { hook: 'raw_tracepoint', name: target.replace(/^btf_trace_/, '') };
    case A.trace_fentry:
      return { hook: 'fentry', name: target };
    case A.trace_fexit:
      return { hook: 'fexit', name: target };
    case A.lsm_mac:
      return { hook: 'lsm', name: target.replace(/^bpf_lsm_/, '') };
    default:
      return null;
  }
}

/** What LINK_CREATE makes of its attributes; an errno. */
function partsOf(state: KernelState, prog: ProgObject, attr: CreateAttr): LinkParts | number {
  const { attachType } = attr;
  switch (attachType) {
    case A.xdp:
    case A.tcx_ingress:
    case A.tcx_egress: {
      if ((attr.flags ?? 0) !== 0 && attachType !== A.xdp) return EINVAL;
      const point = deviceHook(state, attr);
      const type = attachType === A.xdp ? LINK_TYPE.xdp : LINK_TYPE.tcx;
      return typeof point === 'number' ? point : { type, attachType, points: [point] };
    }
    case A.cgroup_inet_ingress:
      return { type: LINK_TYPE.cgroup, attachType, points: [{ hook: 'cgroup_ingress' }] };
    case A.cgroup_inet_egress:
      return { type: LINK_TYPE.cgroup, attachType, points: [{ hook: 'cgroup_egress' }] };
    case A.trace_kprobe_multi: {
      const symbols = attr.symbols ?? [];
      if (symbols.length === 0) return EINVAL;
      const hook = ((attr.flags ?? 0) & 1) === 1 ? 'kretprobe' : 'kprobe';
      return { type: LINK_TYPE.kprobe_multi, attachType, points: symbols.map((name) => ({ hook, name })) };
    }
    default: {
      const point = tracingPoint(state, prog);
      return point === null ? EINVAL : { type: LINK_TYPE.tracing, attachType, points: [point] };
    }
  }
}

/** A link of a program to hooks, with a descriptor. */
export function makeLink(
  state: KernelState,
  prog: ProgObject,
  parts: LinkParts,
): { readonly ok: true; readonly fd: number } {
  const attach = (point: HookPoint, p: ProgObject): (() => void) =>
    state.host.attach(point, { program: p.runnable, name: p.attr.name });
  const id = state.links.allocate();
  const link = new LinkObject(id, prog, parts, attach, () => state.links.remove(id));
  state.links.set(id, link);
  return { ok: true, fd: state.open(link) };
}

/** BPF_LINK_CREATE. */
export function linkCreate(state: KernelState, attr: CreateAttr): Result<{ readonly fd: number }> {
  const prog = state.progAt(attr.progFd);
  if (prog === null) return refuse(state.wrongFd(attr.progFd));
  const wanted = TYPE_OF.get(attr.attachType);
  if (wanted !== undefined && wanted !== prog.attr.type) return refuse(EINVAL);
  const parts = partsOf(state, prog, attr);
  return typeof parts === 'number' ? refuse(parts) : makeLink(state, prog, parts);
}

/** BPF_RAW_TRACEPOINT_OPEN: by name, or what the program was loaded for. */
export function rawTracepointOpen(
  state: KernelState,
  attr: Commands['RAW_TRACEPOINT_OPEN']['attr'],
): Result<{ readonly fd: number }> {
  const prog = state.progAt(attr.progFd);
  if (prog === null) return refuse(state.wrongFd(attr.progFd));
  const { type } = prog.attr;
  if (type === P.raw_tracepoint || type === P.raw_tracepoint_writable) {
    if (attr.name === null) return refuse(EINVAL);
    const known = vmlinuxOf(state.options.vmlinux)?.findByName(`btf_trace_${attr.name}`) ?? null;
    if (known === null && state.options.vmlinux !== null) return refuse(ENOENT);
    const points = [{ hook: 'raw_tracepoint', name: attr.name } as const];
    return makeLink(state, prog, { type: LINK_TYPE.raw_tracepoint, attachType: 0, points });
  }
  const point = tracingPoint(state, prog);
  if (point === null || attr.name !== null) return refuse(EINVAL);
  const attachType = prog.attr.expectedAttachType;
  return makeLink(state, prog, { type: LINK_TYPE.tracing, attachType, points: [point] });
}

/** BPF_LINK_DETACH: only links that can lose their target have it. */
export function linkDetach(state: KernelState, fd: number): Nothing {
  const link = state.linkAt(fd);
  if (link === null) return refuse(state.wrongFd(fd));
  const detachable: readonly number[] = [LINK_TYPE.xdp, LINK_TYPE.tcx, LINK_TYPE.cgroup];
  if (!detachable.includes(link.type)) return refuse(EOPNOTSUPP);
  link.detach();
  return { ok: true };
}

/** BPF_LINK_UPDATE. */
export function linkUpdate(state: KernelState, attr: Commands['LINK_UPDATE']['attr']): Nothing {
  const link = state.linkAt(attr.linkFd);
  if (link === null) return refuse(state.wrongFd(attr.linkFd));
  const prog = state.progAt(attr.newProgFd);
  if (prog === null) return refuse(state.wrongFd(attr.newProgFd));
  const replaceable: readonly number[] = [LINK_TYPE.xdp, LINK_TYPE.tcx, LINK_TYPE.cgroup];
  if (!replaceable.includes(link.type)) return refuse(EINVAL);
  if (attr.oldProgFd !== undefined && state.progAt(attr.oldProgFd) !== link.prog) return refuse(EPERM);
  if (!link.isAttached) return refuse(ENOLINK);
  if (prog.attr.type !== link.prog.attr.type) return refuse(EINVAL);
  link.update(prog);
  return { ok: true };
}
