/* SPDX-License-Identifier: GPL-2.0-only */
/* Section names that ask for sleeping, and programs that attach by BTF id. */
#include "common.h"

SEC("fentry.s/do_unlinkat")
int sleepy_entry(void *ctx)
{
	return 0;
}

SEC("fexit/do_unlinkat")
int on_exit(void *ctx)
{
	return 0;
}

SEC("lsm.s/file_open")
int open_hook(void *ctx)
{
	return 0;
}

SEC("iter/task")
int tasks(void *ctx)
{
	return 0;
}

SEC("syscall")
int call(void *ctx)
{
	return 0;
}

SEC("uprobe.s")
int user(void *ctx)
{
	return 0;
}

SEC("usdt/libc:setjmp")
int usdt(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int raw(void *ctx)
{
	return 0;
}

SEC("perf_event")
int perf(void *ctx)
{
	return 0;
}

SEC("sockops")
int ops(struct bpf_sock_ops *ctx)
{
	return ctx->op == 3;
}
