import { BPF_BASE_FUNC_PROTO, SK_REUSEPORT_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { attachTypes } from './kinds.ts';
import { fromTables, progOps } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'sk_reuseport_md',
  size: 56,
  fields: [
    pointer('data', 0, 'pkt'),
    pointer('data_end', 8, 'pkt_end'),
    field('len', 16, 4, 'narrow4'),
    field('eth_protocol', 20, 4, 'from2'),
    field('ip_protocol', 24, 4, 'narrow4'),
    field('bind_inany', 28, 4, 'narrow4'),
    field('hash', 32, 4, 'exact4'),
    pointer('sk', 40, 'sock'),
    pointer('migrating_sk', 48, 'sock_common_or_null'),
  ],
};

/** sk_reuseport_verifier_ops */
export const SK_REUSEPORT = progOps({
  type: 'sk_reuseport',
  ctxType: 'sk_reuseport_md',
  context: () => CONTEXT,
  helper: fromTables(SK_REUSEPORT_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  packet: 'read',
  attachTypes: attachTypes('sk_reuseport_select', 'sk_reuseport_select_or_migrate'),
});
