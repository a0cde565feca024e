/* SPDX-License-Identifier: GPL-2.0-only */
/* CO-RE relocations of every kind against the kernel's types. */
#include "common.h"

#define __core __attribute__((preserve_access_index))

enum bpf_map_type___local {
	BPF_MAP_TYPE_RINGBUF___local = 27,
	BPF_MAP_TYPE_NOT_THERE___local = 99,
};

struct list_head___core {
	struct list_head___core *next;
} __core;

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *real_parent;
	char comm[16];
	unsigned sched_reset_on_fork : 1;
} __core;

struct task_struct___gone {
	int field_that_never_was;
} __core;

struct type_that_never_was {
	int x;
} __core;

#define field_info(x, kind) __builtin_preserve_field_info(x, kind)
#define type_exists(t) __builtin_preserve_type_info(*(t *)0, 0)
#define type_size(t) __builtin_preserve_type_info(*(t *)0, 1)
#define type_matches(t) __builtin_preserve_type_info(*(t *)0, 2)
#define id_local(t) __builtin_btf_type_id(*(t *)0, 0)
#define id_target(t) __builtin_btf_type_id(*(t *)0, 1)
#define enum_exists(e, v) __builtin_preserve_enum_value(*(e *)v, 0)
#define enum_value(e, v) __builtin_preserve_enum_value(*(e *)v, 1)

long out[16];

SEC("kprobe/do_exit")
int relocate(void *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct task_struct___gone *gone = (void *)t;
	int pid = 0;

	bpf_probe_read_kernel(&pid, sizeof(pid), &t->pid);
	out[0] = field_info(t->comm[4], 0);
	out[1] = field_info(t->comm, 1);
	out[2] = field_info(t->real_parent, 2);
	out[3] = field_info(t->pid, 3);
	out[4] = field_info(t->sched_reset_on_fork, 4);
	out[5] = field_info(t->sched_reset_on_fork, 5);
	out[6] = type_exists(struct task_struct);
	out[7] = type_exists(struct type_that_never_was);
	out[8] = type_size(struct task_struct);
	out[9] = id_local(struct task_struct);
	out[10] = id_target(struct task_struct);
	out[11] = type_matches(struct task_struct);
	out[12] = field_info(gone->field_that_never_was, 2);
	if (out[12])
		out[13] = field_info(gone->field_that_never_was, 0);
	return pid;
}

SEC("kprobe/do_exit")
int enums(void *ctx)
{
	out[14] = enum_exists(enum bpf_map_type___local, BPF_MAP_TYPE_RINGBUF___local);
	out[15] = enum_value(enum bpf_map_type___local, BPF_MAP_TYPE_RINGBUF___local);
	return enum_exists(enum bpf_map_type___local, BPF_MAP_TYPE_NOT_THERE___local);
}

/* A field that the kernel does not have, read all the same: the instruction is poisoned. */
SEC("kprobe/do_exit")
int poisoned(void *ctx)
{
	struct task_struct___gone *gone = (void *)bpf_get_current_task();

	return field_info(gone->field_that_never_was, 0);
}
