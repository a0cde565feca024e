import { BPF_BASE_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, TC_CLS_ACT_FUNC_PROTO } from '../func-tables.gen.ts';
import type { CtxLayout } from './context.ts';
import { fromTables, progOps } from './ops.ts';
import { SKB_SOCK_FIELDS, skBuff } from './skb.ts';

const WRITABLE = ['mark', 'tc_index', 'priority', 'tc_classid', 'cb', 'tstamp', 'queue_mapping'];
const BASE = skBuff(SKB_SOCK_FIELDS, WRITABLE);
/** tc alone sees tstamp_type. */
const CONTEXT: CtxLayout = {
  ...BASE,
  fields: BASE.fields.map((f) => (f.name === 'tstamp_type' ? { ...f, read: 'exact1' } : f)),
};

/** tc_cls_act_verifier_ops, of classifiers and of actions. */
const tcOps = (type: 'sched_cls' | 'sched_act') =>
  progOps({
    type,
    ctxType: '__sk_buff',
    context: () => CONTEXT,
    helper: fromTables(TC_CLS_ACT_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
    packet: 'read-write',
    ldAbs: true,
  });

export const SCHED_CLS = tcOps('sched_cls');
export const SCHED_ACT = tcOps('sched_act');
