/* SPDX-License-Identifier: GPL-2.0-only */
/* Socket filters: by length, and with bpf_skb_load_bytes(). */
#include "common.h"

SEC("socket")
int by_length(struct __sk_buff *skb)
{
	return skb->len > 100 ? skb->len : 0;
}

SEC("socket")
int by_proto(struct __sk_buff *skb)
{
	__u8 proto = 0;

	if (bpf_skb_load_bytes(skb, 23, &proto, 1) < 0)
		return 0;
	return proto == IPPROTO_UDP ? -1 : 0;
}
