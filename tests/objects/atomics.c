/* SPDX-License-Identifier: GPL-2.0-only */
/* Every atomic operation that C reaches. */
#include "common.h"

__u64 a64 = 1, x64, c64;
__u32 a32 = 1, x32, c32;

SEC("xdp")
int atomics(struct xdp_md *ctx)
{
	__u64 old = __sync_fetch_and_add(&a64, 2);

	old += __sync_fetch_and_and(&a64, 0xff);
	old += __sync_fetch_and_or(&a64, 0x10);
	old += __sync_fetch_and_xor(&a64, 3);
	__sync_fetch_and_add(&a32, 1);
	old += __sync_lock_test_and_set(&x64, old);
	old += __sync_lock_test_and_set(&x32, 5);
	old += __sync_val_compare_and_swap(&c64, 0, old);
	old += __sync_val_compare_and_swap(&c32, 1, 2);
	return old & 3;
}
