import { BPF_LSM_FUNC_PROTO, CGROUP_COMMON_FUNC_PROTO } from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import type { ProtoName } from '../protos.gen.ts';
import { isAttachedTo } from './kinds.ts';
import { fromTables, type HelperCaller, progOps } from './ops.ts';
import { hasTrampoline, tracingHelper } from './tracing.ts';

/** bpf_lsm_locked_sockopt_hooks: the socket is locked. */
const LOCKED_SOCKOPT: ReadonlySet<string> = new Set([
  'bpf_lsm_sock_graft',
  'bpf_lsm_inet_csk_clone',
  'bpf_lsm_inet_conn_established',
]);
/** bpf_lsm_unlocked_sockopt_hooks: nobody else has the socket yet. */
const UNLOCKED_SOCKOPT: ReadonlySet<string> = new Set([
  'bpf_lsm_socket_post_create',
  'bpf_lsm_socket_socketpair',
]);

function sockopt(prog: HelperCaller, helper: 'setsockopt' | 'getsockopt'): ProtoName | null {
  if (!isAttachedTo(prog, 'lsm_cgroup') || prog.target === null) return null;
  if (LOCKED_SOCKOPT.has(prog.target)) return `bpf_sk_${helper}_proto`;
  return UNLOCKED_SOCKOPT.has(prog.target) ? `bpf_unlocked_sk_${helper}_proto` : null;
}

const ofCgroups = fromTables(CGROUP_COMMON_FUNC_PROTO);
const others = tracingHelper([BPF_LSM_FUNC_PROTO]);

/** bpf_lsm_func_proto() */
function helperOf(prog: HelperCaller, helper: HelperName): ProtoName | null {
  const common = isAttachedTo(prog, 'lsm_cgroup') ? ofCgroups(prog, helper) : null;
  if (common !== null) return common;
  if (helper === 'setsockopt' || helper === 'getsockopt') return sockopt(prog, helper);
  if (helper === 'get_attach_cookie' && !hasTrampoline(prog)) return null;
  return others(prog, helper);
}

/** lsm_verifier_ops */
export const LSM = progOps({
  type: 'lsm',
  ctxType: null,
  context: () => 'args',
  convertsContext: false,
  helper: helperOf,
  retval: () => 'target',
  sleepable: () => true,
});
