/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints and their checks, other CPUs' values, loads from a header. */
#include "../../objects/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} hashed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__type(value, __u64);
} filter SEC(".maps");

__u64 out[32];
const __u8 fixed[4] = { 10, 0, 0, 7 };

#define PRINT(i, format, ...)						\
	do {								\
		char text[] = format;					\
									\
		out[i] = bpf_trace_printk(text, sizeof(text), ##__VA_ARGS__);	\
	} while (0)

SEC("tc")
int print(struct __sk_buff *skb)
{
	PRINT(0, "plain");
	PRINT(1, "%d and %x\n", 12, 255);
	PRINT(2, "%pI4|%5s|%-4c|", skb->len ? (void *)fixed : 0, "ab", 'c');
	PRINT(3, "%q", 1);
	PRINT(4, "%s", "text");
	PRINT(5, "%5.3d", 1);
	PRINT(6, "%#x", 1);
	PRINT(7, "%llu %%", 1ULL << 40);
	PRINT(8, "\x01");
	PRINT(9, "%d %d %d", 1, 2, 3);
	PRINT(10, "%");
	PRINT(11, "%s", (char *)1);
	PRINT(12, "");
	PRINT(13, "%08lx|%-6u|%+d", 0xabcL, 7, 5);
	PRINT(14, "%sx", 1);
	PRINT(15, "%c%c", 'a', 'b');
	PRINT(16, "%5c", 'a');
	return 0;
}

SEC("xdp")
int other_cpus(struct xdp_md *ctx)
{
	__u32 key = 1, none = 9;
	__u64 seven = 7, *value;

	value = bpf_map_lookup_percpu_elem(&cells, &key, 0);
	if (value)
		out[0] = ++*value;
	value = bpf_map_lookup_percpu_elem(&cells, &key, 1);
	if (value)
		out[1] = *value += 5;
	out[2] = bpf_map_lookup_percpu_elem(&cells, &key, 99) != 0;
	out[3] = bpf_map_lookup_percpu_elem(&cells, &none, 0) != 0;
	out[4] = bpf_map_lookup_percpu_elem(&hashed, &key, 0) != 0;
	out[5] = bpf_map_update_elem(&hashed, &key, &seven, BPF_ANY);
	value = bpf_map_lookup_percpu_elem(&hashed, &key, 0);
	out[6] = value != 0;
	value = bpf_map_lookup_percpu_elem(&hashed, &key, 1);
	out[7] = value != 0;
	out[8] = bpf_map_lookup_percpu_elem(&hashed, &key, 99) != 0;
	return 2;
}

SEC("tc")
int relative(struct __sk_buff *skb)
{
	__u64 bytes = -1;

	out[0] = bpf_skb_load_bytes_relative(skb, 0, &bytes, 8, BPF_HDR_START_MAC);
	out[1] = bytes;
	out[2] = bpf_skb_load_bytes_relative(skb, 12, &bytes, 8, BPF_HDR_START_NET);
	out[3] = bytes;
	out[4] = bpf_skb_load_bytes_relative(skb, 40, &bytes, 8, BPF_HDR_START_NET);
	out[5] = bytes;
	out[6] = bpf_skb_load_bytes_relative(skb, 0, &bytes, 8, 2);
	out[7] = bpf_skb_load_bytes_relative(skb, 33, &bytes, 8, BPF_HDR_START_NET);
	return 0;
}

SEC("xdp")
int bloom(struct xdp_md *ctx)
{
	__u64 there = 0x1234567890, absent = 99;

	out[0] = bpf_map_peek_elem(&filter, &there);
	out[1] = bpf_map_push_elem(&filter, &there, BPF_ANY);
	out[2] = bpf_map_peek_elem(&filter, &there);
	out[3] = bpf_map_push_elem(&filter, &there, BPF_EXIST);
	out[4] = bpf_map_peek_elem(&filter, &absent);
	return 2;
}
