/* SPDX-License-Identifier: GPL-2.0-only */
/* One map of nearly every type, with the attributes that a definition can have. */
#include "common.h"

struct value {
	__u32 a;
	__u64 b;
};

struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 100); __type(key, __u64); __type(value, struct value); } lru SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_HASH); __uint(max_entries, 10); __type(key, __u32); __type(value, __u32); } percpu_hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH); __uint(max_entries, 10); __type(key, __u32); __type(value, __u32); } lru_percpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 10); __type(key, __u32); __type(value, __u32); __uint(map_flags, BPF_F_NO_PREALLOC); __uint(pinning, LIBBPF_PIN_BY_NAME); } pinned SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 50); __uint(key_size, 8); __type(value, __u64); __uint(map_flags, BPF_F_NO_PREALLOC); } routes SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 10); __type(value, __u32); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_STACK); __uint(max_entries, 10); __type(value, __u32); } stack SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 100); __type(value, __u32); __uint(map_extra, 3); } bloom SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 5000); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_STACK_TRACE); __uint(max_entries, 16); __uint(key_size, 4); __uint(value_size, 80); } stacks SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, struct value); __uint(map_flags, BPF_F_MMAPABLE); __uint(numa_node, 0); } mapped SEC(".maps");

SEC("xdp")
int use(struct xdp_md *ctx)
{
	__u64 key = ctx->rx_queue_index;
	__u32 small = key;
	struct value v = { .a = 1, .b = key };
	struct value *found;
	__u32 *slot;

	bpf_map_update_elem(&lru, &key, &v, BPF_ANY);
	found = bpf_map_lookup_elem(&lru, &key);
	if (found)
		found->a++;
	bpf_map_update_elem(&pinned, &small, &small, BPF_NOEXIST);
	slot = bpf_map_lookup_elem(&percpu_hash, &small);
	if (slot)
		*slot += 1;
	slot = bpf_map_lookup_elem(&lru_percpu, &small);
	if (slot)
		*slot += 2;
	bpf_map_push_elem(&queue, &small, 0);
	bpf_map_pop_elem(&stack, &small);
	return bpf_map_peek_elem(&bloom, &small) ? XDP_PASS : XDP_DROP;
}
