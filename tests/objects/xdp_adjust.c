/* SPDX-License-Identifier: GPL-2.0-only */
/* Grows the head of the packet; packet pointers must be read anew. */
#include "common.h"

SEC("xdp")
int push(struct xdp_md *ctx)
{
	void *data, *end;

	if (bpf_xdp_adjust_head(ctx, -8))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if (data + 8 > end)
		return XDP_ABORTED;
	*(__u64 *)data = 0;
	return XDP_PASS;
}

/* Rejected: uses the old pointer. */
SEC("xdp")
int stale(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	if (data + 8 > end)
		return XDP_ABORTED;
	if (bpf_xdp_adjust_head(ctx, -8))
		return XDP_ABORTED;
	*(__u64 *)data = 0;
	return XDP_PASS;
}
