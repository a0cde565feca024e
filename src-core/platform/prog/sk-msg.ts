import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SK_MSG_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { fromTables, progOps } from './ops.ts';

const CONTEXT: CtxLayout = {
  type: 'sk_msg_md',
  size: 80,
  fields: [
    pointer('data', 0, 'pkt'),
    pointer('data_end', 8, 'pkt_end'),
    field('family', 16, 4, 'exact4'),
    field('remote_ip4', 20, 4, 'exact4'),
    field('local_ip4', 24, 4, 'exact4'),
    field('remote_ip6', 28, 16, 'exact4'),
    field('local_ip6', 44, 16, 'exact4'),
    field('remote_port', 60, 4, 'exact4'),
    field('local_port', 64, 4, 'exact4'),
    field('size', 68, 4, 'exact4'),
    pointer('sk', 72, 'sock'),
  ],
};

/** sk_msg_verifier_ops */
export const SK_MSG = progOps({
  type: 'sk_msg',
  ctxType: 'sk_msg_md',
  context: () => CONTEXT,
  helper: fromTables(SK_MSG_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  packet: 'read-write',
});
