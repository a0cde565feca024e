/* SPDX-License-Identifier: GPL-2.0-only */
/* Static, global, weak and hidden subprograms, called from two programs. */
#include "common.h"

__u64 calls;

static __noinline int classify(__u32 len)
{
	calls++;
	if (len < 64)
		return 1;
	return len < 512 ? 2 : 3;
}

__noinline int weigh(int class, int factor)
{
	return classify(class) * factor;
}

__weak __noinline int fallback(int x)
{
	return x + 1;
}

__hidden __noinline int concealed(int x)
{
	return fallback(x) * 2;
}

SEC("xdp")
int first(struct xdp_md *ctx)
{
	return weigh(ctx->rx_queue_index, 3) & 3;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	int x = classify(ctx->data_end - ctx->data);

	return concealed(x) > 4 ? XDP_PASS : XDP_DROP;
}
