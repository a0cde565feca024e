import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SK_SKB_FUNC_PROTO } from '../func-tables.gen.ts';
import { fromTables, progOps } from './ops.ts';
import { skBuff } from './skb.ts';

const HIDDEN = ['tc_classid', 'data_meta', 'tstamp', 'wire_len', 'hwtstamp', 'mark'];
const CONTEXT = skBuff(HIDDEN, ['tc_index', 'priority']);

/** sk_skb_verifier_ops */
export const SK_SKB = progOps({
  type: 'sk_skb',
  ctxType: '__sk_buff',
  context: () => CONTEXT,
  helper: fromTables(SK_SKB_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  packet: 'read-write',
});
