/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel functions: iterators, dynptrs, objects in lists and trees, exceptions. */
#include "../../objects/common.h"

#define __ksym __attribute__((section(".ksyms")))
#define __tag(name) __attribute__((btf_decl_tag(name)))
#define private(name) SEC(".data." #name) __attribute__((aligned(8)))
#define __contains(kind, node) __tag("contains:" #kind ":" #node)

/* Headers of older kernels lack these. */
struct bpf_iter_num {
	__u64 __opaque[1];
} __attribute__((aligned(8)));
struct bpf_list_head {
	__u64 __opaque[2];
} __attribute__((aligned(8)));
struct bpf_list_node {
	__u64 __opaque[3];
} __attribute__((aligned(8)));
struct bpf_rb_root {
	__u64 __opaque[2];
} __attribute__((aligned(8)));
struct bpf_rb_node {
	__u64 __opaque[4];
} __attribute__((aligned(8)));
struct bpf_refcount {
	__u32 __opaque[1];
} __attribute__((aligned(4)));

__s64 out[32];

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

struct bpf_iter_bits {
	__u64 __opaque[2];
} __attribute__((aligned(8)));
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const __u64 *bits, __u32 words) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym;

static __always_inline int sum(int start, int end, __s64 *total)
{
	struct bpf_iter_num it;
	int result, *value;

	result = bpf_iter_num_new(&it, start, end);
	while ((value = bpf_iter_num_next(&it)))
		*total += *value;
	bpf_iter_num_destroy(&it);
	return result;
}

SEC("tc")
int numbers(struct __sk_buff *skb)
{
	__s64 total = 0;

	out[0] = sum(0, 10, &total);
	out[1] = total;
	out[2] = sum(5, 5, &total);
	out[3] = sum(5, 4, &total);
	out[4] = sum(-3, 3, &total);
	out[5] = total;
	out[6] = sum(0, 0x7fffffff, &total);
	out[7] = total;
	return 0;
}

SEC("tc")
int bits(struct __sk_buff *skb)
{
	__u64 words[2] = { 0x8000000000000011ULL, 2 };
	struct bpf_iter_bits it;
	int *bit, n = 0;

	out[0] = bpf_iter_bits_new(&it, words, 2);
	while ((bit = bpf_iter_bits_next(&it)) && n < 8)
		out[1 + n++] = *bit;
	bpf_iter_bits_destroy(&it);
	out[10] = bpf_iter_bits_new(&it, words, 1);
	n = 0;
	while ((bit = bpf_iter_bits_next(&it)) && n < 8)
		out[11 + n++] = *bit;
	bpf_iter_bits_destroy(&it);
	out[20] = bpf_iter_bits_new(&it, words, 0);
	bpf_iter_bits_destroy(&it);
	return 0;
}

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *ptr, __u32 offset, void *buffer, __u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;
extern _Bool bpf_dynptr_is_null(const struct bpf_dynptr *ptr) __ksym;
extern _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *ptr) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *ptr, struct bpf_dynptr *clone) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[4]);
} cells SEC(".maps");

SEC("tc")
int packet_dynptr(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr, copy;
	__u8 buffer[6], mac[6] = { 2, 4, 6, 8, 10, 12 }, *bytes;

	out[0] = bpf_dynptr_from_skb(skb, 0, &ptr);
	out[1] = bpf_dynptr_size(&ptr) - skb->len;
	out[2] = bpf_dynptr_is_rdonly(&ptr);
	out[3] = bpf_dynptr_read(buffer, 2, &ptr, 12, 0);
	out[4] = buffer[0] << 8 | buffer[1];
	out[5] = bpf_dynptr_read(buffer, 6, &ptr, 5000, 0);
	out[6] = bpf_dynptr_write(&ptr, 0, mac, 6, 0);
	out[7] = bpf_dynptr_write(&ptr, 0, mac, 6, 8);
	bytes = bpf_dynptr_slice(&ptr, 0, buffer, sizeof(buffer));
	out[8] = bytes ? bytes[3] : -1;
	out[9] = bpf_dynptr_clone(&ptr, &copy);
	out[10] = bpf_dynptr_adjust(&copy, 6, 12);
	out[11] = bpf_dynptr_size(&copy);
	out[12] = bpf_dynptr_read(buffer, 6, &copy, 0, 0);
	out[13] = buffer[0];
	out[14] = bpf_dynptr_adjust(&copy, 3, 2);
	out[15] = bpf_dynptr_adjust(&copy, 0, 7);
	out[16] = !!bpf_dynptr_data(&ptr, 0, 4);
	return 0;
}

SEC("tc")
int memory_dynptr(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 *cell = bpf_map_lookup_elem(&cells, &key), *word;
	struct bpf_dynptr ptr, record;

	if (!cell)
		return 0;
	out[0] = bpf_dynptr_from_mem(cell, 32, 0, &ptr);
	out[1] = bpf_dynptr_write(&ptr, 8, &out[0], 8, 0);
	out[2] = bpf_dynptr_write(&ptr, 30, &out[0], 8, 0);
	word = bpf_dynptr_data(&ptr, 16, 8);
	if (word)
		*word = 0x55;
	out[3] = bpf_dynptr_from_mem(cell, 32, 1, &ptr);
	out[4] = bpf_dynptr_is_null(&ptr);
	out[5] = bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &record);
	out[6] = bpf_dynptr_write(&record, 0, cell, 16, 0);
	bpf_ringbuf_submit_dynptr(&record, 0);
	out[7] = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	out[8] = bpf_ringbuf_reserve_dynptr(&ring, 8192, 0, &record);
	out[9] = bpf_dynptr_is_null(&record);
	bpf_ringbuf_discard_dynptr(&record, 0);
	out[10] = bpf_ringbuf_reserve_dynptr(&ring, 8, 4, &record);
	bpf_ringbuf_discard_dynptr(&record, 0);
	return 0;
}

struct item {
	__u64 key;
	struct bpf_list_node list;
	struct bpf_rb_node tree;
	struct bpf_refcount refs;
};

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *p, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *p, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       _Bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;

private(items) struct bpf_spin_lock lock;
private(items) struct bpf_list_head list __contains(item, list);
private(items) struct bpf_rb_root tree __contains(item, tree);

static __always_inline struct item *new_item(__u64 key)
{
	struct item *item = bpf_obj_new_impl(__builtin_btf_type_id(*(struct item *)0, 0), 0);

	if (item)
		item->key = key;
	return item;
}

SEC("tc")
int in_list(struct __sk_buff *skb)
{
	struct bpf_list_node *node;

#pragma unroll
	for (int i = 0; i < 4; i++) {
		struct item *item = new_item(10 + i);

		if (!item)
			return 0;
		bpf_spin_lock(&lock);
		if (i & 1)
			bpf_list_push_front_impl(&list, &item->list, 0, 0);
		else
			bpf_list_push_back_impl(&list, &item->list, 0, 0);
		bpf_spin_unlock(&lock);
	}
#pragma unroll
	for (int i = 0; i < 5; i++) {
		bpf_spin_lock(&lock);
		node = i & 1 ? bpf_list_pop_back(&list) : bpf_list_pop_front(&list);
		bpf_spin_unlock(&lock);
		if (!node) {
			out[i] = -1;
			continue;
		}
		out[i] = container_of(node, struct item, list)->key;
		bpf_obj_drop_impl(container_of(node, struct item, list), 0);
	}
	return 0;
}

static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct item, tree)->key < container_of(b, struct item, tree)->key;
}

SEC("tc")
int in_tree(struct __sk_buff *skb)
{
	static const __u64 keys[] = { 30, 10, 50, 20, 40 };
	struct bpf_rb_node *node;

#pragma unroll
	for (int i = 0; i < 5; i++) {
		struct item *item = new_item(keys[i]);

		if (!item)
			return 0;
		bpf_spin_lock(&lock);
		out[10 + i] = bpf_rbtree_add_impl(&tree, &item->tree, less, 0, 0);
		bpf_spin_unlock(&lock);
	}
#pragma unroll
	for (int i = 0; i < 6; i++) {
		bpf_spin_lock(&lock);
		node = bpf_rbtree_first(&tree);
		if (!node) {
			bpf_spin_unlock(&lock);
			out[i] = -1;
			continue;
		}
		node = bpf_rbtree_remove(&tree, node);
		bpf_spin_unlock(&lock);
		if (!node)
			return 0;
		out[i] = container_of(node, struct item, tree)->key;
		bpf_obj_drop_impl(container_of(node, struct item, tree), 0);
	}
	return 0;
}

SEC("tc")
int twice(struct __sk_buff *skb)
{
	struct item *item = new_item(77), *again;
	struct bpf_list_node *node;

	if (!item)
		return 0;
	again = bpf_refcount_acquire_impl(item, 0);
	bpf_spin_lock(&lock);
	out[0] = bpf_list_push_back_impl(&list, &item->list, 0, 0);
	out[1] = bpf_list_push_back_impl(&list, &again->list, 0, 0);
	node = bpf_list_pop_front(&list);
	bpf_spin_unlock(&lock);
	if (!node)
		return 0;
	out[2] = container_of(node, struct item, list)->key;
	bpf_obj_drop_impl(container_of(node, struct item, list), 0);
	return 0;
}

extern void bpf_throw(__u64 cookie) __ksym;

static __attribute__((noinline)) int deep(struct __sk_buff *skb)
{
	if (skb->len > 13)
		bpf_throw(33);
	return skb->len;
}

SEC("tc")
int throws(struct __sk_buff *skb)
{
	int length = deep(skb);

	out[0] = 1;
	return length + 1;
}
