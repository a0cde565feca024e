/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: a map index that may be too large, then the same with a mask. */
#include "common.h"

struct record {
	__u32 slots[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

SEC("xdp")
int too_far(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct record *r = bpf_map_lookup_elem(&records, &key);

	if (!r)
		return XDP_PASS;
	r->slots[ctx->rx_queue_index & 31] = 1;
	return XDP_PASS;
}

SEC("xdp")
int in_range(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct record *r = bpf_map_lookup_elem(&records, &key);

	if (!r)
		return XDP_PASS;
	r->slots[ctx->rx_queue_index & 15] = 1;
	return XDP_PASS;
}
