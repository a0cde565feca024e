/* SPDX-License-Identifier: GPL-2.0-only */
/* Kprobes: arguments from registers, reads of kernel memory, trace output. */
#include <linux/ptrace.h>
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u64);
} starts SEC(".maps");

SEC("kprobe/do_unlinkat")
int on_unlink(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &id, &now, BPF_ANY);
	return 0;
}

SEC("kretprobe/do_unlinkat")
int on_return(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&starts, &id);

	if (!start)
		return 0;
	bpf_printk("unlink: %ld after %llu ns", ctx->rax, bpf_ktime_get_ns() - *start);
	bpf_map_delete_elem(&starts, &id);
	return 0;
}

SEC("kprobe/tcp_connect")
int on_connect(struct pt_regs *ctx)
{
	char comm[16];
	__u64 word = 0;

	bpf_get_current_comm(comm, sizeof(comm));
	bpf_probe_read_kernel(&word, sizeof(word), (void *)ctx->rdi);
	return comm[0] == 'c' && word;
}
