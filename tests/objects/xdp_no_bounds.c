/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: reads a packet byte without comparing against data_end. */
#include "common.h"

SEC("xdp")
int no_bounds(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;

	return data[0] == 0x45 ? XDP_DROP : XDP_PASS;
}

/* The mended one. */
SEC("xdp")
int with_bounds(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;

	if (data + 1 > end)
		return XDP_PASS;
	return data[0] == 0x45 ? XDP_DROP : XDP_PASS;
}
