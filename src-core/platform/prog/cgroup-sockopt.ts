import { BPF_BASE_FUNC_PROTO, CG_SOCKOPT_FUNC_PROTO } from '../func-tables.gen.ts';
import type { HelperName } from '../helpers.gen.ts';
import { cgroupHelper } from './cgroup.ts';
import { type CtxLayout, type CtxRule, field, pointer } from './context.ts';
import { attachTypes, isAttachedTo } from './kinds.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';

/** cg_sockopt_is_valid_access(): setsockopt may change what is asked, getsockopt what is answered. */
function contextOf(isGet: boolean, isSet: boolean): CtxLayout {
  const answer: CtxRule = isGet ? 'exact4' : 'none';
  const question: CtxRule = isSet ? 'exact4' : 'none';
  return {
    type: 'bpf_sockopt',
    size: 40,
    fields: [
      pointer('sk', 0, 'sock'),
      pointer('optval', 8, 'pkt'),
      pointer('optval_end', 16, 'pkt_end'),
      field('level', 24, 4, 'exact4', question),
      field('optname', 28, 4, 'exact4', question),
      field('optlen', 32, 4, 'exact4', 'exact4'),
      field('retval', 36, 4, answer, answer),
    ],
  };
}

const isSockopt = (helper: HelperName): boolean => helper === 'setsockopt' || helper === 'getsockopt';
const GET = contextOf(true, false);
const SET = contextOf(false, true);

/** cg_sockopt_verifier_ops; its "packet" is the option's value, which it may read and write. */
export const CGROUP_SOCKOPT = progOps({
  type: 'cgroup_sockopt',
  ctxType: 'bpf_sockopt',
  context: (prog) => (isAttachedTo(prog, 'cgroup_getsockopt') ? GET : SET),
  helper: cgroupHelper(
    [CG_SOCKOPT_FUNC_PROTO, BPF_BASE_FUNC_PROTO],
    (prog, helper) => isSockopt(helper) && !isAttachedTo(prog, 'cgroup_setsockopt'),
  ),
  retval: () => ZERO_OR_ONE,
  packet: 'read-write',
  attachTypes: attachTypes('cgroup_setsockopt', 'cgroup_getsockopt'),
});
