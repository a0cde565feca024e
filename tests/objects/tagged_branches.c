/* SPDX-License-Identifier: GPL-2.0-only */
/* Many branches that meet again: work for pruning. */
#include "common.h"

SEC("xdp")
int branches(struct xdp_md *ctx)
{
	__u32 q = ctx->rx_queue_index, i = ctx->ingress_ifindex;
	volatile __u32 r = 0;

	if (q & 1)
		r = 1;
	if (q & 2)
		r = 2;
	if (q & 4)
		r = 3;
	if (i > 100)
		r += q;
	else if (i > 10)
		r += i;
	if ((int)i < -5)
		r = 9;
	switch (q) {
	case 3:
		return XDP_DROP;
	case 17:
		return XDP_TX;
	case 1000:
		return XDP_ABORTED;
	}
	return r > 3 ? XDP_PASS : XDP_DROP;
}
