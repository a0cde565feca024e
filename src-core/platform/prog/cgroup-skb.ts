import {
  BPF_BASE_FUNC_PROTO,
  BPF_SK_BASE_FUNC_PROTO,
  CG_SKB_FUNC_PROTO,
  SK_FILTER_FUNC_PROTO,
} from '../func-tables.gen.ts';
import { cgroupHelper } from './cgroup.ts';
import { attachTypes, isAttachedTo } from './kinds.ts';
import { progOps, ZERO_OR_ONE } from './ops.ts';
import { skBuff } from './skb.ts';

const CONTEXT = skBuff(['tc_classid', 'data_meta', 'wire_len'], ['mark', 'priority', 'cb', 'tstamp']);

/** cg_skb_verifier_ops */
export const CGROUP_SKB = progOps({
  type: 'cgroup_skb',
  ctxType: '__sk_buff',
  context: () => CONTEXT,
  helper: cgroupHelper([
    CG_SKB_FUNC_PROTO,
    SK_FILTER_FUNC_PROTO,
    BPF_SK_BASE_FUNC_PROTO,
    BPF_BASE_FUNC_PROTO,
  ]),
  retval: (prog) => (isAttachedTo(prog, 'cgroup_inet_egress') ? { min: 0, max: 3 } : ZERO_OR_ONE),
  packet: 'read',
  attachTypes: attachTypes('cgroup_inet_ingress', 'cgroup_inet_egress'),
});
