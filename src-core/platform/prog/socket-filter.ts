import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, SK_FILTER_FUNC_PROTO } from '../func-tables.gen.ts';
import { fromTables, progOps } from './ops.ts';
import { SKB_SOCK_FIELDS, skBuff } from './skb.ts';

const HIDDEN = ['tc_classid', 'data', 'data_meta', 'data_end', 'tstamp', 'wire_len', 'hwtstamp'];
const CONTEXT = skBuff([...HIDDEN, ...SKB_SOCK_FIELDS], ['cb']);

/** sk_filter_verifier_ops */
export const SOCKET_FILTER = progOps({
  type: 'socket_filter',
  ctxType: '__sk_buff',
  context: () => CONTEXT,
  helper: fromTables(SK_FILTER_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
  ldAbs: true,
});
