/* SPDX-License-Identifier: GPL-2.0-only */
/* Redirection: what the helpers answer; the test puts loopback at key 1 of `devs` and `dev_hash`, CPU 1 in `cpus`. */
#include "../../objects/common.h"

#define TARGETS(name, map_type)			\
	struct {				\
		__uint(type, map_type);		\
		__uint(key_size, 4);		\
		__uint(value_size, 4);		\
		__uint(max_entries, 4);		\
	} name SEC(".maps")

TARGETS(devs, BPF_MAP_TYPE_DEVMAP);
TARGETS(dev_hash, BPF_MAP_TYPE_DEVMAP_HASH);
TARGETS(cpus, BPF_MAP_TYPE_CPUMAP);
TARGETS(socks, BPF_MAP_TYPE_XSKMAP);

__u64 out[24];

SEC("xdp")
int to_map(struct xdp_md *ctx)
{
	out[0] = bpf_redirect_map(&devs, 0, 0);
	out[1] = bpf_redirect_map(&devs, 0, XDP_TX);
	out[2] = bpf_redirect_map(&devs, 1, XDP_TX);
	out[3] = bpf_redirect_map(&devs, 9, XDP_PASS);
	out[4] = bpf_redirect_map(&devs, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
	out[5] = bpf_redirect_map(&devs, 1, 1 << 10);
	out[6] = bpf_redirect_map(&dev_hash, 1, XDP_DROP);
	out[7] = bpf_redirect_map(&dev_hash, 2, XDP_DROP);
	out[8] = bpf_redirect_map(&cpus, 1, XDP_DROP);
	out[9] = bpf_redirect_map(&cpus, 0, XDP_DROP);
	out[10] = bpf_redirect_map(&cpus, 1, BPF_F_BROADCAST);
	out[11] = bpf_redirect_map(&socks, 0, XDP_PASS);
	out[12] = bpf_redirect_map(&devs, 1, 4);
	return bpf_redirect_map(&cpus, 0, XDP_PASS);
}

SEC("xdp")
int look_up(struct xdp_md *ctx)
{
	__u32 key = 1, none = 3, *value;

	value = bpf_map_lookup_elem(&devs, &key);
	out[0] = value ? *value : 77;
	value = bpf_map_lookup_elem(&devs, &none);
	out[1] = value ? *value : 77;
	value = bpf_map_lookup_elem(&dev_hash, &key);
	out[2] = value ? *value : 77;
	return 2;
}

SEC("xdp")
int from_xdp(struct xdp_md *ctx)
{
	out[0] = bpf_redirect(1, 1);
	out[1] = bpf_redirect(1, 0);
	return bpf_redirect(99, 0);
}

SEC("tc")
int from_tc(struct __sk_buff *skb)
{
	out[0] = bpf_redirect(1, 0);
	out[1] = bpf_redirect(1, BPF_F_INGRESS);
	out[2] = bpf_redirect(1, 2);
	out[3] = bpf_redirect_peer(1, 0);
	out[4] = bpf_redirect_peer(1, 1);
	out[5] = bpf_redirect_neigh(1, 0, 0, 0);
	out[6] = bpf_redirect_neigh(1, 0, 0, 1);
	return bpf_redirect(99, 0);
}
