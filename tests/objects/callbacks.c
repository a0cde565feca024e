/* SPDX-License-Identifier: GPL-2.0-only */
/* Callbacks: bpf_loop() and bpf_for_each_map_elem(). */
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

static long add(__u32 index, void *ctx)
{
	__u64 *sum = ctx;

	*sum += index;
	return index > 10;
}

static long visit(void *map, __u32 *key, __u64 *value, void *ctx)
{
	*(__u64 *)ctx += *value;
	return 0;
}

SEC("xdp")
int loop(struct xdp_md *ctx)
{
	__u64 sum = 0;

	bpf_loop(20, add, &sum, 0);
	bpf_for_each_map_elem(&table, visit, &sum, 0);
	return sum & 1 ? XDP_PASS : XDP_DROP;
}
