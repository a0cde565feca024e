/* SPDX-License-Identifier: GPL-2.0-only */
/* tc: reads and writes fields of __sk_buff. */
#include "common.h"

SEC("tc")
int mark(struct __sk_buff *skb)
{
	skb->mark = skb->len > 1000 ? 2 : 1;
	skb->cb[0] = skb->protocol;
	skb->tc_index = skb->queue_mapping;
	return TC_ACT_OK;
}

SEC("tcx/ingress")
int ingress(struct __sk_buff *skb)
{
	return skb->ifindex == 1 ? TC_ACT_OK : TC_ACT_SHOT;
}

/* Rejected: a field that a tc program may not write. */
SEC("tc")
int write_len(struct __sk_buff *skb)
{
	*(volatile __u32 *)&skb->len = 1;
	return TC_ACT_OK;
}
