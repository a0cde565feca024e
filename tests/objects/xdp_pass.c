/* SPDX-License-Identifier: GPL-2.0-only */
/* The smallest XDP program. */
#include "common.h"

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
