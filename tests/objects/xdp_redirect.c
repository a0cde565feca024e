/* SPDX-License-Identifier: GPL-2.0-only */
/* Redirect through device, CPU and socket maps. */
#include "common.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} devs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} socks SEC(".maps");

SEC("xdp")
int to_dev(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devs, ctx->rx_queue_index & 7, XDP_PASS);
}

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, 1, XDP_DROP);
}

SEC("xdp")
int to_sock(struct xdp_md *ctx)
{
	return bpf_redirect_map(&socks, ctx->rx_queue_index, XDP_PASS);
}
