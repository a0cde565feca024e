import type { ProgTypeName } from '../../uapi/prog-types.ts';
import {
  BPF_BASE_FUNC_PROTO,
  BPF_SK_BASE_FUNC_PROTO,
  type FuncTable,
  LWT_IN_FUNC_PROTO,
  LWT_OUT_FUNC_PROTO,
  LWT_SEG6LOCAL_FUNC_PROTO,
  LWT_XMIT_FUNC_PROTO,
} from '../func-tables.gen.ts';
import { fromTables, type ProgOps, progOps } from './ops.ts';
import { SKB_SOCK_FIELDS, skBuff } from './skb.ts';

/** lwt_is_valid_access() */
const CONTEXT = skBuff(
  ['tc_classid', ...SKB_SOCK_FIELDS, 'data_meta', 'tstamp', 'wire_len', 'hwtstamp'],
  ['mark', 'priority', 'cb'],
);

/** Programs of lightweight tunnels: they differ in helpers, and only lwt_xmit writes the packet. */
const lwtOps = (type: ProgTypeName, tables: readonly FuncTable[], packet: ProgOps['packet']): ProgOps =>
  progOps({
    type,
    ctxType: '__sk_buff',
    context: () => CONTEXT,
    helper: fromTables(...tables, LWT_OUT_FUNC_PROTO, BPF_SK_BASE_FUNC_PROTO, BPF_BASE_FUNC_PROTO),
    packet,
  });

export const LWT_IN = lwtOps('lwt_in', [LWT_IN_FUNC_PROTO], 'read');
export const LWT_OUT = lwtOps('lwt_out', [], 'read');
export const LWT_XMIT = lwtOps('lwt_xmit', [LWT_XMIT_FUNC_PROTO], 'read-write');
export const LWT_SEG6LOCAL = lwtOps('lwt_seg6local', [LWT_SEG6LOCAL_FUNC_PROTO], 'read');
