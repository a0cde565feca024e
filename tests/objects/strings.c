/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares and copies short strings on the stack. */
#include "common.h"

char name[16] = "curl";
char copy[16];

static __noinline int same(const char *a, int n)
{
	int i;

	for (i = 0; i < 16; i++) {
		if (i >= n)
			return 1;
		if (name[i] != copy[i])
			return 0;
	}
	return a != 0;
}

SEC("tracepoint/syscalls/sys_enter_execve")
int compare(void *ctx)
{
	char comm[16] = {};
	int i;

	bpf_get_current_comm(comm, sizeof(comm));
	for (i = 0; i < 15; i++) {
		copy[i] = comm[i];
		if (!comm[i])
			break;
	}
	return same(comm, 4);
}
