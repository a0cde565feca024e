import { BPF_BASE_FUNC_PROTO, CGROUP_DEV_FUNC_PROTO } from '../func-tables.gen.ts';
import { cgroupHelper } from './cgroup.ts';
import { type CtxLayout, field } from './context.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_cgroup_dev_ctx',
  size: 12,
  fields: [
    field('access_type', 0, 4, 'narrow4'),
    field('major', 4, 4, 'exact4'),
    field('minor', 8, 4, 'exact4'),
  ],
};

/** cg_dev_verifier_ops */
export const CGROUP_DEVICE = progOps({
  type: 'cgroup_device',
  ctxType: 'bpf_cgroup_dev_ctx',
  context: () => CONTEXT,
  convertsContext: false,
  helper: cgroupHelper([CGROUP_DEV_FUNC_PROTO, BPF_BASE_FUNC_PROTO]),
  retval: () => ZERO_OR_ONE,
});
