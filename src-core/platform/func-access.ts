import type { FuncProto } from './func-proto.ts';
import {
  BPF_BASE_FUNC_PROTO,
  BPF_SK_BASE_FUNC_PROTO,
  BPF_TRACING_FUNC_PROTO,
  CG_SKB_FUNC_PROTO,
  CGROUP_COMMON_FUNC_PROTO,
  type FuncTable,
  KPROBE_PROG_FUNC_PROTO,
  PE_PROG_FUNC_PROTO,
  RAW_TP_PROG_FUNC_PROTO,
  SK_FILTER_FUNC_PROTO,
  TC_CLS_ACT_FUNC_PROTO,
  TP_PROG_FUNC_PROTO,
  XDP_FUNC_PROTO,
} from './func-tables.gen.ts';
import { BPF_FUNC, type HelperName } from './helpers.gen.ts';
import { BPF_ATTACH_TYPE, BPF_PROG_TYPE, type ProgKind } from './prog-types.ts';
import { PROTOS, type ProtoName } from './protos.gen.ts';

/** Tables that a program type's get_func_proto() asks one after another; privileged programs only. */
const SK_BASE = [BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO];
const TRACING = [BPF_TRACING_FUNC_PROTO, BPF_BASE_FUNC_PROTO];
const CHAINS: ReadonlyMap<number, readonly FuncTable[]> = new Map([
  [BPF_PROG_TYPE.socket_filter, [SK_FILTER_FUNC_PROTO, ...SK_BASE]],
  [BPF_PROG_TYPE.kprobe, [KPROBE_PROG_FUNC_PROTO, ...TRACING]],
  [BPF_PROG_TYPE.sched_cls, [TC_CLS_ACT_FUNC_PROTO, ...SK_BASE]],
  [BPF_PROG_TYPE.sched_act, [TC_CLS_ACT_FUNC_PROTO, ...SK_BASE]],
  [BPF_PROG_TYPE.tracepoint, [TP_PROG_FUNC_PROTO, ...TRACING]],
  [BPF_PROG_TYPE.xdp, [XDP_FUNC_PROTO, ...SK_BASE]],
  [BPF_PROG_TYPE.perf_event, [PE_PROG_FUNC_PROTO, ...TRACING]],
  [BPF_PROG_TYPE.cgroup_skb, [CGROUP_COMMON_FUNC_PROTO, CG_SKB_FUNC_PROTO, SK_FILTER_FUNC_PROTO, ...SK_BASE]],
  [BPF_PROG_TYPE.raw_tracepoint, [RAW_TP_PROG_FUNC_PROTO, ...TRACING]],
  [BPF_PROG_TYPE.raw_tracepoint_writable, [RAW_TP_PROG_FUNC_PROTO, ...TRACING]],
]);

/** Program types whose helpers are known here. */
export const MODELLED_FUNC_TYPES: ReadonlySet<number> = new Set(CHAINS.keys());

const HELPER_NAMES = Object.keys(BPF_FUNC) as HelperName[];

/** Number of helper ids, __BPF_FUNC_MAX_ID. */
export const HELPER_COUNT = HELPER_NAMES.length;

/** func_id_name(): "bpf_map_lookup_elem"; "unknown" outside the table. */
export function funcIdName(id: number): string {
  return id >= 0 && id < HELPER_NAMES.length ? `bpf_${HELPER_NAMES[id]}` : 'unknown';
}

export interface HelperCaller extends ProgKind {
  readonly sleepable: boolean;
}

function isAttachedTo(prog: ProgKind, ...names: (keyof typeof BPF_ATTACH_TYPE)[]): boolean {
  return names.some((name) => BPF_ATTACH_TYPE[name] === prog.attachType);
}

/** Which of several prototypes the kernel returns, as an index; 0 where there is no choice. */
function variant(helper: HelperName, prog: HelperCaller): 0 | 1 | 2 {
  switch (helper) {
    case 'get_stack':
    case 'get_task_stack':
      return prog.sleepable ? 0 : 1;
    case 'get_func_ip':
    case 'get_attach_cookie':
      if (isAttachedTo(prog, 'trace_kprobe_multi', 'trace_kprobe_session')) return 0;
      return isAttachedTo(prog, 'trace_uprobe_multi', 'trace_uprobe_session') ? 1 : 2;
    default:
      // task_storage_get and _delete: bpf_prog_check_recur() holds for all types of CHAINS.
      return 0;
  }
}

/** In the tables, but the reference kernel refuses it to root as well (locked down or a missing capability). */
const REFUSED: ReadonlySet<HelperName> = new Set<HelperName>(['probe_write_user']);

/** cgroup_common_func_proto(): helpers that it refuses at these hooks; cgroup_skb has no others. */
const NOT_IN_CGROUP_SKB: ReadonlySet<HelperName> = new Set<HelperName>(['get_retval', 'set_retval']);

/**
 * The kernel's symbol of the prototype under which `prog` (with CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN) may
 * call helper `id`, or null if it may not. The type must be one of MODELLED_FUNC_TYPES.
 */
export function helperProtoName(prog: HelperCaller, id: number): ProtoName | null {
  const helper = HELPER_NAMES[id];
  if (helper === undefined || REFUSED.has(helper)) return null;
  if (prog.type === BPF_PROG_TYPE.cgroup_skb && NOT_IN_CGROUP_SKB.has(helper)) return null;
  for (const table of CHAINS.get(prog.type) ?? []) {
    const found = table[helper];
    if (found !== undefined) return found.length === 1 ? found[0] : found[variant(helper, prog)];
  }
  return null;
}

/** The prototype under which `prog` may call helper `id`, or null (`env->ops->get_func_proto()`). */
export function helperProto(prog: HelperCaller, id: number): FuncProto | null {
  const name = helperProtoName(prog, id);
  return name === null ? null : PROTOS[name];
}
