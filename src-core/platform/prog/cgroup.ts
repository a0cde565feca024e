import { CGROUP_COMMON_FUNC_PROTO, type FuncTable } from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import { attachTypes } from './kinds.ts';
import { fromTables, type HelperCaller, type ProgOps } from './ops.ts';

/** cgroup_common_func_proto(): hooks whose return value is not an errno. */
const WITHOUT_RETVAL = attachTypes(
  'cgroup_inet_ingress',
  'cgroup_inet_egress',
  'cgroup_sock_ops',
  'cgroup_udp4_recvmsg',
  'cgroup_udp6_recvmsg',
  'cgroup_unix_recvmsg',
  'cgroup_inet4_getpeername',
  'cgroup_inet6_getpeername',
  'cgroup_unix_getpeername',
  'cgroup_inet4_getsockname',
  'cgroup_inet6_getsockname',
  'cgroup_unix_getsockname',
);

/** What all cgroup hooks may call, then `tables`, but for what `refuses` takes away from an attach type. */
export function cgroupHelper(
  tables: readonly FuncTable[],
  refuses: (prog: HelperCaller, helper: HelperName) => boolean = () => false,
): ProgOps['helper'] {
  const all = fromTables(CGROUP_COMMON_FUNC_PROTO, ...tables);
  return (prog, helper) => {
    const isRetval = helper === 'get_retval' || helper === 'set_retval';
    if (isRetval && WITHOUT_RETVAL.has(prog.attachType)) return null;
    return refuses(prog, helper) ? null : all(prog, helper);
  };
}
