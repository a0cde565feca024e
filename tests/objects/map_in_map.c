/* SPDX-License-Identifier: GPL-2.0-only */
/* Array and hash of maps with inner maps given in the source. */
#include "common.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} inner_a SEC(".maps"), inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer_array SEC(".maps") = {
	.values = { [0] = &inner_a, [2] = &inner_b },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 5);
	__type(key, __u32);
	__array(values, struct inner);
} outer_hash SEC(".maps") = {
	.values = { [1] = &inner_a },
};

SEC("xdp")
int nested(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	void *inner = bpf_map_lookup_elem(&outer_array, &key);
	__u64 *value;

	if (!inner)
		inner = bpf_map_lookup_elem(&outer_hash, &key);
	if (!inner)
		return XDP_PASS;
	key = 0;
	value = bpf_map_lookup_elem(inner, &key);
	if (value)
		*value += 1;
	return XDP_PASS;
}
