/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel symbols: a kfunc, one that is not there, a per-CPU variable, an address without a type. */
#include "common.h"

struct rq {
	unsigned int nr_running;
};

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern int bpf_no_such_kfunc(int x) __ksym __weak;
extern const struct rq runqueues __ksym __weak;
extern const void bpf_prog_put __ksym __weak;

SEC("tp_btf/sched_switch")
int locked(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	if (bpf_no_such_kfunc)
		return bpf_no_such_kfunc(1);
	return &runqueues != 0 && &bpf_prog_put != 0;
}
