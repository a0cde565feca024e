import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, XDP_FUNC_PROTO } from '../func-tables.gen.ts';
import { type CtxLayout, field } from './context.ts';
import { isAttachedTo } from './kinds.ts';
import { fromTables, progOps } from './ops.ts';

const XDP_MD: CtxLayout = {
  type: 'xdp_md',
  size: 24,
  fields: [
    field('data', 0, 4, 'exact4', 'none', 'pkt'),
    field('data_end', 4, 4, 'exact4', 'none', 'pkt_end'),
    field('data_meta', 8, 4, 'exact4', 'none', 'pkt_meta'),
    field('ingress_ifindex', 12, 4, 'exact4'),
    field('rx_queue_index', 16, 4, 'exact4'),
    field('egress_ifindex', 20, 4, 'exact4'),
  ],
};
/** egress_ifindex exists only for programs that run in a devmap entry. */
const XDP_MD_NO_EGRESS: CtxLayout = { ...XDP_MD, fields: XDP_MD.fields.slice(0, -1) };

/** xdp_verifier_ops */
export const XDP = progOps({
  type: 'xdp',
  ctxType: 'xdp_md',
  context: (prog) => (isAttachedTo(prog, 'xdp_devmap') ? XDP_MD : XDP_MD_NO_EGRESS),
  helper: fromTables(XDP_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  packet: 'read-write',
});
