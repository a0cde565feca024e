/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: a loop without end. */
#include "common.h"

SEC("xdp")
int endless(struct xdp_md *ctx)
{
	volatile __u32 x = 0;

	while (1)
		x = x;
	return XDP_PASS;
}
