/* SPDX-License-Identifier: GPL-2.0-only */
/* Passes a key to a helper that was only half written: Linux 6.18 allows it to root, not to others. */
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(key_size, 16);
	__uint(value_size, 8);
} table SEC(".maps");

SEC("xdp")
int uninit(struct xdp_md *ctx)
{
	__u64 key[2];

	key[0] = ctx->rx_queue_index;
	asm volatile("" : : "r"(&key) : "memory");
	return bpf_map_lookup_elem(&table, key) ? XDP_DROP : XDP_PASS;
}
