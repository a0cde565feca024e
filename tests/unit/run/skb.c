/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket buffers: lengths, checksums and what is fixed in a test run. */
#include "../../objects/common.h"

__u64 out[32];

SEC("tc")
int tail(struct __sk_buff *skb)
{
	out[0] = bpf_skb_change_tail(skb, 100, 0);
	out[1] = skb->len;
	out[2] = bpf_skb_change_tail(skb, 40, 0);
	out[3] = skb->len;
	out[4] = bpf_skb_change_tail(skb, 13, 0);
	out[5] = bpf_skb_change_tail(skb, 14, 0);
	out[6] = bpf_skb_change_tail(skb, 14, 1);
	out[7] = bpf_skb_change_tail(skb, 70000, 0);
	out[8] = skb->len;
	out[9] = bpf_skb_change_tail(skb, 60, 0);
	return 0;
}

SEC("tc")
int head(struct __sk_buff *skb)
{
	__u8 bytes[4] = { 1, 2, 3, 4 };

	out[0] = bpf_skb_change_head(skb, 8, 0);
	out[1] = skb->len;
	out[2] = bpf_skb_store_bytes(skb, 0, bytes, 4, 0);
	out[6] = bpf_skb_change_head(skb, 200, 0);
	out[7] = skb->len;
	out[3] = bpf_skb_change_head(skb, 0, 1);
	out[4] = bpf_skb_change_head(skb, 1 << 20, 0);
	out[5] = bpf_skb_change_head(skb, -1, 0);
	return 0;
}

SEC("tc")
int checksums(struct __sk_buff *skb)
{
	out[0] = bpf_csum_update(skb, 5);
	out[1] = bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY);
	out[2] = bpf_csum_level(skb, BPF_CSUM_LEVEL_INC);
	out[5] = bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY);
	for (int i = 0; i < 5; i++)
		bpf_csum_level(skb, BPF_CSUM_LEVEL_INC);
	out[6] = bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY);
	bpf_csum_level(skb, BPF_CSUM_LEVEL_DEC);
	out[7] = bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY);
	out[3] = bpf_csum_level(skb, BPF_CSUM_LEVEL_RESET);
	out[8] = bpf_csum_level(skb, BPF_CSUM_LEVEL_QUERY);
	out[4] = bpf_csum_level(skb, 9);
	return 0;
}

SEC("tc")
int facts(struct __sk_buff *skb)
{
	bpf_set_hash_invalid(skb);
	out[0] = bpf_get_cgroup_classid(skb);
	out[1] = bpf_get_route_realm(skb);
	out[2] = bpf_skb_change_type(skb, 1);
	out[3] = bpf_skb_change_type(skb, 7);
	out[5] = bpf_set_hash(skb, 1234);
	out[7] = skb->hash;
	out[8] = skb->pkt_type;
	return 0;
}
