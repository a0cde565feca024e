/* SPDX-License-Identifier: GPL-2.0-only */
/* Variables in .data, .bss and .rodata, and in sections with names of their own. */
#include "common.h"

const volatile __u32 limit = 100;
const volatile char tag[8] = "xlated";
__u64 seen;
__u32 last_len = 7;
static volatile __u32 hidden_counter;
__u32 extra SEC(".data.extra") = 3;
const volatile __u32 table[4] SEC(".rodata.table") = { 1, 2, 4, 8 };

SEC("xdp")
int globals(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data;

	seen++;
	hidden_counter += extra;
	last_len = len;
	if (len > limit)
		return XDP_DROP;
	return table[len & 3] + tag[0] > 100 ? XDP_PASS : XDP_TX;
}
