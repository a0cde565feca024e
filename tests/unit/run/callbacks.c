/* SPDX-License-Identifier: GPL-2.0-only */
/* bpf_loop() and bpf_for_each_map_elem(): counts, early stops, refusals, nesting, a stack of their own. */
#include "../../objects/common.h"

#define EVERY_ELEMENT(name, map_type)		\
	struct {				\
		__uint(type, map_type);		\
		__uint(max_entries, 5);		\
		__type(key, __u32);		\
		__type(value, __u64);		\
	} name SEC(".maps")

EVERY_ELEMENT(table, BPF_MAP_TYPE_ARRAY);
EVERY_ELEMENT(per_cpu, BPF_MAP_TYPE_PERCPU_ARRAY);
EVERY_ELEMENT(hashed, BPF_MAP_TYPE_HASH);

__u64 out[16];

struct sums {
	__u64 total;
	__u64 calls;
	__u32 stop_at;
};

static long add(__u32 index, void *ctx)
{
	struct sums *s = ctx;

	s->total += index;
	s->calls++;
	return index == s->stop_at;
}

static long never(__u32 index, void *ctx)
{
	return 0;
}

SEC("tc")
int loops(struct __sk_buff *skb)
{
	struct sums s = { .stop_at = 100 };
	__u64 flags = skb->len;

	out[0] = bpf_loop(20, add, &s, 0);
	s.stop_at = 7;
	out[1] = bpf_loop(20, add, &s, 0);
	out[2] = bpf_loop(0, add, &s, 0);
	out[3] = bpf_loop(20, add, &s, flags);
	out[4] = bpf_loop((8 << 20) + 1, never, 0, 0);
	out[5] = bpf_loop(300000, never, 0, 0);
	out[6] = s.total;
	out[7] = s.calls;
	return 0;
}

static long inner(__u32 index, void *ctx)
{
	volatile char stack[64] = {};

	stack[index & 63] = 1;
	*(__u64 *)ctx += index + stack[index & 63];
	return 0;
}

static long outer(__u32 index, void *ctx)
{
	__u64 sum = 0;

	bpf_loop(index & 7, inner, &sum, 0);
	*(__u64 *)ctx = *(__u64 *)ctx * 3 + sum;
	return 0;
}

SEC("xdp")
int nested(struct xdp_md *ctx)
{
	__u64 sum = 1;

	out[0] = bpf_loop(9, outer, &sum, 0);
	out[1] = sum;
	return 2;
}

static long visit(void *map, __u32 *key, __u64 *value, void *ctx)
{
	struct sums *s = ctx;

	s->total = s->total * 31 + *key * 7 + *value;
	*value += 1;
	s->calls++;
	return *key == s->stop_at;
}

SEC("xdp")
int arrays(struct xdp_md *ctx)
{
	struct sums s = { .stop_at = 100 };

	out[0] = bpf_for_each_map_elem(&table, visit, &s, 0);
	out[1] = s.total;
	s.stop_at = 2;
	out[2] = bpf_for_each_map_elem(&table, visit, &s, 0);
	out[3] = s.total;
	out[4] = bpf_for_each_map_elem(&per_cpu, visit, &s, 0);
	out[5] = bpf_for_each_map_elem(&table, visit, &s, s.calls);
	out[6] = s.calls;
	return 2;
}

/* The kernel's order of a hash map is not ours: only what does not depend on it. */
static long sum_hash(void *map, __u32 *key, __u64 *value, void *ctx)
{
	*(__u64 *)ctx += *key * *value;
	return 0;
}

static long delete_odd(void *map, __u32 *key, __u64 *value, void *ctx)
{
	if (*key & 1)
		bpf_map_delete_elem(map, key);
	return 0;
}

static __always_inline void fill(__u32 key)
{
	__u64 value = key * 10;

	bpf_map_update_elem(&hashed, &key, &value, BPF_ANY);
}

SEC("xdp")
int hashes(struct xdp_md *ctx)
{
	__u64 sum = 0;

	out[0] = bpf_for_each_map_elem(&hashed, sum_hash, &sum, 0);
	fill(1);
	fill(2);
	fill(3);
	fill(4);
	out[1] = bpf_for_each_map_elem(&hashed, sum_hash, &sum, 0);
	out[2] = sum;
	out[3] = bpf_for_each_map_elem(&hashed, delete_odd, 0, 0);
	out[4] = bpf_for_each_map_elem(&hashed, sum_hash, &sum, 0);
	out[5] = sum;
	return 2;
}
