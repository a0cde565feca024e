/* SPDX-License-Identifier: GPL-2.0-only */
/* Ring buffers and perf event arrays: results, positions, a full buffer, refusals. */
#include "../../objects/common.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__uint(max_entries, 2);
} events SEC(".maps");

__u64 out[24];

SEC("xdp")
int positions(struct xdp_md *ctx)
{
	char text[13] = "twelve bytes";
	__u64 *sample;

	out[0] = bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE);
	out[1] = bpf_ringbuf_output(&ring, text, sizeof(text), 0);
	out[2] = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	sample = bpf_ringbuf_reserve(&ring, 8, 0);
	if (!sample)
		return 1;
	*sample = 0x1122334455667788;
	out[3] = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP);
	sample = bpf_ringbuf_reserve(&ring, 8, 0);
	if (!sample)
		return 1;
	bpf_ringbuf_discard(sample, 0);
	out[4] = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	out[5] = bpf_ringbuf_query(&ring, BPF_RB_CONS_POS);
	out[6] = bpf_ringbuf_query(&ring, 77);
	out[7] = bpf_ringbuf_output(&ring, text, sizeof(text), 4);
	sample = bpf_ringbuf_reserve(&ring, 8, 1);
	out[8] = sample != 0;
	if (sample)
		bpf_ringbuf_discard(sample, 0);
	out[9] = bpf_ringbuf_output(&ring, text, 0, 0);
	out[10] = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	return 2;
}

SEC("xdp")
int full(struct xdp_md *ctx)
{
	char bytes[100] = {};
	int i;

	for (i = 0; i < 50; i++) {
		out[0] = bpf_ringbuf_output(&ring, bytes, sizeof(bytes), 0);
		if (out[0])
			break;
	}
	out[1] = i;
	out[2] = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	for (i = 0; i < 50; i++) {
		if (bpf_ringbuf_output(&ring, bytes, 1, 0))
			break;
	}
	out[3] = i;
	out[4] = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	return 2;
}

SEC("xdp")
int perf_of_frame(struct xdp_md *ctx)
{
	__u64 data = 1;

	out[0] = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &data, 8);
	out[1] = bpf_perf_event_output(ctx, &events, 0, &data, 8);
	out[2] = bpf_perf_event_output(ctx, &events, 2, &data, 8);
	out[3] = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | (10ULL << 32), &data, 8);
	out[4] = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | (60ULL << 32), &data, 8);
	out[5] = bpf_perf_event_output(ctx, &events, 1ULL << 52, &data, 8);
	return 2;
}

SEC("tc")
int perf_of_skb(struct __sk_buff *skb)
{
	__u64 data = 1;

	out[0] = bpf_perf_event_output(skb, &events, BPF_F_CURRENT_CPU, &data, 8);
	out[1] = bpf_perf_event_output(skb, &events, 1ULL << 52, &data, 8);
	out[2] = bpf_perf_event_output(skb, &events, 9, &data, 8);
	out[3] = bpf_perf_event_output(skb, &events, (100ULL << 32) | 9, &data, 8);
	return 0;
}
