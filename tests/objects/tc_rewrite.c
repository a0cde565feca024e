/* SPDX-License-Identifier: GPL-2.0-only */
/* tc: packet access, and helpers that rewrite the packet. */
#include "common.h"

SEC("tc")
int set_ttl(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u8 ttl;

	if (data + sizeof(*eth) + sizeof(*ip) > end)
		return TC_ACT_OK;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ttl <= 1)
		return TC_ACT_SHOT;
	ttl = ip->ttl - 1;
	if (bpf_l3_csum_replace(skb, ETH_HLEN + 10, bpf_htons(ip->ttl << 8), bpf_htons(ttl << 8), 2))
		return TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, ETH_HLEN + 8, &ttl, 1, 0))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}
