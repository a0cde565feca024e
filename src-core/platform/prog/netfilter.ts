import { BPF_BASE_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, pointer } from './context.ts';
import { attachTypes } from './kinds.ts';
import { fromTables, progOps, ZERO_OR_ONE } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_nf_ctx',
  size: 16,
  fields: [pointer('state', 0, { trusted: 'nf_hook_state' }), pointer('skb', 8, { trusted: 'sk_buff' })],
};

/** netfilter_verifier_ops */
export const NETFILTER = progOps({
  type: 'netfilter',
  ctxType: 'bpf_nf_ctx',
  context: () => CONTEXT,
  convertsContext: false,
  helper: fromTables(BPF_BASE_FUNC_PROTO),
  retval: () => ZERO_OR_ONE,
  attachTypes: attachTypes('netfilter'),
});
