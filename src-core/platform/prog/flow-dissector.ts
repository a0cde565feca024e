import {
  BPF_BASE_FUNC_PROTO,
  BPF_SK_BASE_FUNC_PROTO,
  FLOW_DISSECTOR_FUNC_PROTO,
} from '../func-tables.gen.ts';
import { type CtxLayout, field, pointer } from './context.ts';
import { fromTables, progOps } from './ops.ts';
import { SKB_SIZE } from './skb.ts';

const CONTEXT: CtxLayout = {
  type: '__sk_buff',
  size: SKB_SIZE,
  fields: [
    field('data', 76, 4, 'exact4', 'none', 'pkt'),
    field('data_end', 80, 4, 'exact4', 'none', 'pkt_end'),
    pointer('flow_keys', 144, 'flow_keys'),
  ],
};

/** flow_dissector_verifier_ops */
export const FLOW_DISSECTOR = progOps({
  type: 'flow_dissector',
  ctxType: '__sk_buff',
  context: () => CONTEXT,
  helper: fromTables(FLOW_DISSECTOR_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  packet: 'read',
});
