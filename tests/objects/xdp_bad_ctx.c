/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: reads past the end of the context, and writes to it. */
#include "common.h"

SEC("xdp")
int past_ctx(struct xdp_md *ctx)
{
	return *(volatile __u32 *)((void *)ctx + 64);
}

SEC("xdp")
int write_ctx(struct xdp_md *ctx)
{
	*(volatile __u32 *)&ctx->rx_queue_index = 1;
	return XDP_PASS;
}

SEC("xdp")
int narrow_ctx(struct xdp_md *ctx)
{
	return *(volatile __u16 *)((void *)ctx + 2);
}
