/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CO-RE against the types of core_custom_target.c: fields that have moved, grown, gone into anonymous
 * structs, become bitfields or gone; flavours; arrays; sizes; enumerators.
 */
#include "common.h"

#define __core __attribute__((preserve_access_index))
#define info(x, kind) __builtin_preserve_field_info(x, kind)

struct part {
	int serial;
	short weights[4];
} __core;

struct ship {
	int id;
	char name[8];
	struct part hull;
	struct part spares[3];
	struct ship *next;
	unsigned speed : 5;
	int heading : 9;
	unsigned long cargo;
	unsigned short crew;
} __core;

struct ship___v2 {
	int berth;
} __core;

struct ship___v3 {
	int never_was;
} __core;

union payload {
	int whole;
	struct {
		short low;
		short high;
	};
} __core;

enum flag { FLAG_RED = 3, FLAG_GREEN = 7, FLAG_GONE = 9 };
enum big { BIG_VALUE = 0x100000000ull };
typedef struct {
	int x;
} __core anonymous_ship;
struct absent {
	int x;
} __core;

long out[64];

SEC("socket")
int fields(struct __sk_buff *skb)
{
	struct ship *s = (void *)skb;
	union payload *p = (void *)skb;

	out[0] = info(s->id, 0);
	out[1] = info(s->name, 1);
	out[2] = info(s->name[5], 0);
	out[3] = info(s->hull.serial, 0);
	out[4] = info(s->spares[2].weights[3], 0);
	out[5] = info(s->next, 1);
	out[6] = info(s->cargo, 1);
	out[7] = info(p->high, 0);
	out[8] = info(((anonymous_ship *)skb)->x, 0);
	return 0;
}

SEC("socket")
int bitfields(struct __sk_buff *skb)
{
	struct ship *s = (void *)skb;

	out[10] = info(s->speed, 0);
	out[11] = info(s->speed, 1);
	out[12] = info(s->speed, 4);
	out[13] = info(s->speed, 5);
	out[14] = info(s->heading, 3);
	out[15] = info(s->heading, 0);
	out[16] = info(s->heading, 4);
	out[17] = info(s->heading, 5);
	return 0;
}

SEC("socket")
int existence(struct __sk_buff *skb)
{
	struct ship *s = (void *)skb;

	out[20] = info(s->crew, 2);
	out[21] = info(((struct ship___v2 *)s)->berth, 2);
	out[22] = info(((struct ship___v3 *)s)->never_was, 2);
	out[23] = info(s->next->next->hull, 2);
	return 0;
}

SEC("socket")
int types(struct __sk_buff *skb)
{
	out[30] = __builtin_preserve_type_info(*(struct ship *)0, 0);
	out[31] = __builtin_preserve_type_info(*(struct ship *)0, 1);
	out[32] = __builtin_preserve_type_info(*(struct ship *)0, 2);
	out[33] = __builtin_preserve_type_info(*(union payload *)0, 2);
	out[34] = __builtin_preserve_type_info(*(struct absent *)0, 1);
	out[35] = __builtin_btf_type_id(*(struct part *)0, 1);
	out[36] = __builtin_btf_type_id(*(struct absent *)0, 1);
	out[37] = __builtin_btf_type_id(*(struct part *)0, 0);
	out[38] = __builtin_preserve_type_info(*(anonymous_ship *)0, 1);
	return 0;
}

SEC("socket")
int enumerators(struct __sk_buff *skb)
{
	out[40] = __builtin_preserve_enum_value(*(enum flag *)FLAG_GREEN, 1);
	out[41] = __builtin_preserve_enum_value(*(enum flag *)FLAG_GONE, 0);
	out[42] = __builtin_preserve_enum_value(*(enum flag *)FLAG_RED, 0);
	out[43] = __builtin_preserve_enum_value(*(enum big *)BIG_VALUE, 1);
	return 0;
}

/* Direct loads: their size follows the field, unless its sign would get lost. */
SEC("kprobe/do_exit")
int loads(void *ctx)
{
	struct ship *s = ctx;

	out[50] = s->cargo;
	out[51] = s->crew;
	out[52] = s->hull.serial;
	return s->id;
}

/* Read without a check although it is gone: poisoned. */
SEC("socket")
int poisoned(struct __sk_buff *skb)
{
	out[60] = __builtin_preserve_enum_value(*(enum flag *)FLAG_GONE, 1);
	return info(((struct ship___v3 *)skb)->never_was, 0);
}
