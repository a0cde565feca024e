/* SPDX-License-Identifier: GPL-2.0-only */
/* Division, signed operations, shifts and byte order, with values the compiler does not know. */
#include "common.h"

long out[8];

SEC("socket")
int arithmetic(struct __sk_buff *skb)
{
	long a = (int)skb->len, b = (int)skb->mark;
	unsigned long ua = a, ub = b;

	out[0] = a / b;
	out[1] = a % b;
	out[2] = ua / (ub | 1);
	out[3] = ua % 10;
	out[4] = (a << (b & 63)) >> 3;
	out[5] = (signed char)a + (short)b;
	out[6] = __builtin_bswap64(ua) ^ __builtin_bswap32(ub);
	out[7] = bpf_ntohs(skb->protocol) * -7;
	return 0;
}
