/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in text, comparison, probe reads of addresses that are nowhere and of the program's own memory. */
#include "../../objects/common.h"

__u64 out[32];
const char fixed[] = "hello";

#define NUMBER(i, text, flags)					\
	do {							\
		char s[] = text;				\
		long value = 0x55;				\
								\
		out[i] = bpf_strtol(s, sizeof(s), flags, &value);	\
		out[i + 1] = value;				\
	} while (0)

#define UNSIGNED(i, text, flags)				\
	do {							\
		char s[] = text;				\
		unsigned long value = 0x55;			\
								\
		out[i] = bpf_strtoul(s, sizeof(s), flags, &value);	\
		out[i + 1] = value;				\
	} while (0)

SEC("tc")
int signed_numbers(struct __sk_buff *skb)
{
	NUMBER(0, "123", 0);
	NUMBER(2, " \t-0x1Fz", 0);
	NUMBER(4, "0777", 0);
	NUMBER(6, "z", 0);
	NUMBER(8, "9223372036854775808", 0);
	NUMBER(10, "-9223372036854775808", 10);
	NUMBER(12, "99999999999999999999", 10);
	NUMBER(14, "0x10", 10);
	NUMBER(16, "12", 7);
	NUMBER(18, "12", 0x100);
	NUMBER(20, "ff", 16);
	NUMBER(22, "089", 0);
	NUMBER(24, "-", 0);
	NUMBER(26, "0x", 0);
	NUMBER(28, "-9223372036854775809", 10);
	return 0;
}

SEC("tc")
int unsigned_numbers(struct __sk_buff *skb)
{
	UNSIGNED(0, "18446744073709551615", 0);
	UNSIGNED(2, "18446744073709551616", 0);
	UNSIGNED(4, "-1", 0);
	UNSIGNED(6, "0xffffffffffffffff!", 0);
	UNSIGNED(8, "\n\v42", 8);
	UNSIGNED(10, "+1", 10);
	UNSIGNED(12, "0x1g", 16);
	UNSIGNED(14, "", 0);
	UNSIGNED(16, "   ", 0);
	UNSIGNED(18, "00000000000000000000000000000000000000000000000000000000000000000000001", 10);
	return 0;
}

SEC("tc")
int compare(struct __sk_buff *skb)
{
	char a[8] = "hello", b[8] = "help", c[2] = "h", d[8] = "\xff";

	out[0] = bpf_strncmp(a, sizeof(a), fixed);
	out[1] = bpf_strncmp(b, sizeof(b), fixed);
	out[2] = bpf_strncmp(c, 1, fixed);
	out[3] = bpf_strncmp(c, 2, fixed);
	out[4] = bpf_strncmp(d, sizeof(d), fixed);
	return 0;
}

SEC("tc")
int probe(struct __sk_buff *skb)
{
	char text[12] = "some text", to[12] = "???????????", too[12] = "???????????";

	out[0] = bpf_probe_read_kernel(to, 12, text);
	out[1] = *(__u64 *)to;
	out[2] = bpf_probe_read_kernel(to, 12, (void *)8);
	out[3] = *(__u64 *)to;
	out[4] = bpf_probe_read_kernel_str(too, 12, text);
	out[5] = *(__u64 *)too;
	out[6] = bpf_probe_read_kernel_str(too, 5, text);
	out[7] = *(__u64 *)too;
	out[8] = bpf_probe_read_kernel_str(too, 12, (void *)8);
	out[9] = *(__u64 *)too;
	out[10] = bpf_probe_read_user(to, 8, (void *)16);
	out[11] = bpf_probe_read_user_str(to, 8, (void *)16);
	out[12] = bpf_probe_read_kernel(to, 0, (void *)8);
	out[13] = bpf_probe_read_kernel_str(to, 0, text);
	return 0;
}

SEC("tc")
int print(struct __sk_buff *skb)
{
	static const char format[] = "%d %5u %x %s %lld %%|%04x|%-5d|%llx %c";
	__u64 args[] = { -1, 42, 255, (unsigned long)fixed, 1ULL << 40, 16, 7, 0xabcdef0123456789, 'z' };
	char to[64] = {};

	out[0] = bpf_snprintf(to, sizeof(to), format, args, sizeof(args));
	__builtin_memcpy(&out[1], to, 64);
	out[10] = bpf_snprintf(to, 8, format, args, sizeof(args));
	__builtin_memcpy(&out[11], to, 16);
	return 0;
}
