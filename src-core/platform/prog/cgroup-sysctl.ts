import { BPF_BASE_FUNC_PROTO, SYSCTL_FUNC_PROTO } from '../func-tables.gen.ts';
import { cgroupHelper } from './cgroup.ts';
import { type CtxLayout, field } from './context.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_sysctl',
  size: 8,
  fields: [field('write', 0, 4, 'narrow4'), field('file_pos', 4, 4, 'narrow4', 'exact4')],
};

/** cg_sysctl_verifier_ops */
export const CGROUP_SYSCTL = progOps({
  type: 'cgroup_sysctl',
  ctxType: 'bpf_sysctl',
  context: () => CONTEXT,
  helper: cgroupHelper([SYSCTL_FUNC_PROTO, BPF_BASE_FUNC_PROTO]),
  retval: () => ZERO_OR_ONE,
});
