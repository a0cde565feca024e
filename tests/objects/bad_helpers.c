/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: helpers called with the wrong thing. */
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

/* A scalar where a map is wanted. */
SEC("xdp")
int no_map(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem((void *)(long)ctx->rx_queue_index, &key) ? XDP_DROP : XDP_PASS;
}

/* A helper that XDP does not have. */
SEC("xdp")
int wrong_type(struct xdp_md *ctx)
{
	return bpf_skb_load_bytes(ctx, 0, (void *)ctx, 4);
}

/* A size that may be negative. */
SEC("tracepoint/syscalls/sys_enter_execve")
int size_range(void *ctx)
{
	char buf[16];
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&table, &key);

	if (!n)
		return 0;
	return bpf_get_current_comm(buf, *n);
}

/* A helper for GPL programs is fine here; returning a pointer is not. */
SEC("socket")
int leak_pointer(struct __sk_buff *skb)
{
	__u64 *value, key = 0;

	value = bpf_map_lookup_elem(&table, &key);
	if (value)
		*value = (__u64)skb;
	return 0;
}
