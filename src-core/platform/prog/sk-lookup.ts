import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SK_LOOKUP_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { attachTypes } from './kinds.ts';
import { fromTables, progOps, ZERO_OR_ONE } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'bpf_sk_lookup',
  size: 72,
  fields: [
    pointer('sk', 0, 'sock_or_null'),
    field('family', 8, 4, 'narrow4'),
    field('protocol', 12, 4, 'narrow4'),
    field('remote_ip4', 16, 4, 'narrow4'),
    field('remote_ip6', 20, 16, 'narrow4'),
    field('remote_port', 36, 2, 'looseport'),
    field('zero padding', 38, 2, 'narrow2'),
    field('local_ip4', 40, 4, 'narrow4'),
    field('local_ip6', 44, 16, 'narrow4'),
    field('local_port', 60, 4, 'narrow4'),
    field('ingress_ifindex', 64, 4, 'narrow4'),
  ],
};

/** sk_lookup_verifier_ops */
export const SK_LOOKUP = progOps({
  type: 'sk_lookup',
  ctxType: 'bpf_sk_lookup',
  context: () => CONTEXT,
  helper: fromTables(SK_LOOKUP_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  retval: () => ZERO_OR_ONE,
  attachTypes: attachTypes('sk_lookup'),
});
