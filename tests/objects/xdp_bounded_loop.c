/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums packet bytes in a loop that the verifier walks. */
#include "common.h"

SEC("xdp")
int checksum(struct xdp_md *ctx)
{
	unsigned char *p = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;
	__u32 sum = 0;
	int i;

	for (i = 0; i < 64; i++) {
		if (p + i + 1 > end)
			break;
		sum += p[i];
	}
	return sum & 1 ? XDP_DROP : XDP_PASS;
}
