/* SPDX-License-Identifier: GPL-2.0-only */
/* Drops packets of blocked source addresses and counts them per CPU. */
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, __u8);
} blocked SEC(".maps");

struct stats {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct stats);
} stats SEC(".maps");

static __always_inline void account(__u32 key, __u64 bytes)
{
	struct stats *s = bpf_map_lookup_elem(&stats, &key);

	if (!s)
		return;
	s->packets++;
	s->bytes += bytes;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__be32 src;

	if (data + sizeof(*eth) + sizeof(*ip) > end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	src = ip->saddr;
	if (bpf_map_lookup_elem(&blocked, &src)) {
		account(1, end - data);
		return XDP_DROP;
	}
	account(0, end - data);
	return XDP_PASS;
}
