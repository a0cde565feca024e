import type { FuncProto } from './func-proto.ts';
import { BPF_FUNC, type HelperName } from './helpers.gen.ts';
import type { HelperCaller } from './prog/ops.ts';
import { progOpsOf } from './prog/registry.ts';
import { PROTOS, type ProtoName } from './protos.gen.ts';

const HELPER_NAMES = Object.keys(BPF_FUNC) as HelperName[];

/** Number of helper ids, __BPF_FUNC_MAX_ID. */
export const HELPER_COUNT = HELPER_NAMES.length;

/** func_id_name(): "bpf_map_lookup_elem"; "unknown" outside the table. */
export function funcIdName(id: number): string {
  return id >= 0 && id < HELPER_NAMES.length ? `bpf_${HELPER_NAMES[id]}` : 'unknown';
}

/**
 * The kernel's symbol of the prototype under which `prog` (with CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN) may
 * call helper `id`, or null if it may not.
 */
export function helperProtoName(prog: HelperCaller, id: number): ProtoName | null {
  const helper = HELPER_NAMES[id];
  return helper === undefined ? null : (progOpsOf(prog.type)?.helper(prog, helper) ?? null);
}

/** The prototype under which `prog` may call helper `id`, or null (`env->ops->get_func_proto()`). */
export function helperProto(prog: HelperCaller, id: number): FuncProto | null {
  const name = helperProtoName(prog, id);
  return name === null ? null : PROTOS[name];
}
