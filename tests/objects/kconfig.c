/* SPDX-License-Identifier: GPL-2.0-only */
/* Externs that the loader fills from the kernel's configuration. */
#include "common.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned CONFIG_HZ __kconfig __weak;
extern _Bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern enum libbpf_tristate CONFIG_NO_SUCH_THING __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;

SEC("socket")
int configured(struct __sk_buff *skb)
{
	if (LINUX_KERNEL_VERSION < (5 << 16))
		return CONFIG_HZ;
	if (CONFIG_BPF_SYSCALL && CONFIG_NO_SUCH_THING != TRI_YES)
		return CONFIG_DEFAULT_HOSTNAME[0];
	return 0;
}
