/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames of subprograms, and (rejected) a stack that is too deep. */
#include "common.h"

static __noinline int fill(char *out, int n)
{
	char buf[64] = {};

	buf[n & 63] = 1;
	out[0] = buf[5];
	return buf[7];
}

SEC("xdp")
int shallow(struct xdp_md *ctx)
{
	char b[32] = {};

	return fill(b, ctx->rx_queue_index) + b[0];
}

static __noinline int deep(int n)
{
	char buf[400] = {};

	asm volatile("" : : "r"(buf) : "memory");
	return buf[n & 255];
}

SEC("xdp")
int too_deep(struct xdp_md *ctx)
{
	char buf[300] = {};

	asm volatile("" : : "r"(buf) : "memory");
	return deep(ctx->rx_queue_index) + buf[ctx->ingress_ifindex & 127];
}
