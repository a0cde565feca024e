/* SPDX-License-Identifier: GPL-2.0-only */
/* cgroup programs: sockets, addresses, packets, sysctl, devices. */
#include "common.h"

SEC("cgroup_skb/ingress")
int skb_in(struct __sk_buff *skb)
{
	return skb->len < 1500;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == bpf_htons(25))
		return 0;
	return 1;
}

SEC("cgroup/sock_create")
int create(struct bpf_sock *sk)
{
	return sk->family == 2;
}

SEC("cgroup/dev")
int device(struct bpf_cgroup_dev_ctx *ctx)
{
	return ctx->major == 1;
}
