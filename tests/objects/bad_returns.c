/* SPDX-License-Identifier: GPL-2.0-only */
/* Rejected: return values and registers that were never set. */
#include "common.h"

SEC("cgroup_skb/egress")
int out_of_range(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("xdp")
__attribute__((naked)) int no_r0(void)
{
	asm volatile("exit");
}

SEC("xdp")
__attribute__((naked)) int uninit_reg(void)
{
	asm volatile("r0 = r7; exit");
}

SEC("xdp")
__attribute__((naked)) int frame_write(void)
{
	asm volatile("r10 = 0; r0 = 0; exit");
}

SEC("xdp")
__attribute__((naked)) int out_of_stack(void)
{
	asm volatile("r1 = 0; *(u64 *)(r10 - 520) = r1; r0 = 0; exit");
}

SEC("xdp")
__attribute__((naked)) int falls_off(void)
{
	asm volatile("r0 = 0; if r0 == 1 goto +1; exit; r0 = 2");
}
