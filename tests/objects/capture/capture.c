/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints what libbpf hands to bpf() for one object: `capture FILE [BTF]`, where BTF is a file whose types
 * stand in for the kernel's in CO-RE relocations. Its own syscall() stands before libc's, so BPF_PROG_LOAD of the program in question is written down and refused; maps are really created.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *wanted;

static void hex(const void *data, size_t n)
{
	const unsigned char *p = data;

	if (!n)
		printf("-");
	while (n--)
		printf("%02x", *p++);
}

static void print_prog(const union bpf_attr *attr)
{
	printf("PROG %s %u %u %u %u ", wanted, attr->prog_type, attr->expected_attach_type, attr->attach_btf_id,
	       attr->prog_flags);
	hex((void *)(long)attr->insns, attr->insn_cnt * 8ul);
	printf(" ");
	hex((void *)(long)attr->func_info, (size_t)attr->func_info_cnt * attr->func_info_rec_size);
	printf(" ");
	hex((void *)(long)attr->line_info, (size_t)attr->line_info_cnt * attr->line_info_rec_size);
	printf("\n");
}

static void print_map(const union bpf_attr *attr)
{
	printf("MAP %s %u %u %u %u %u %llu %u %u %u\n", (const char *)attr->map_name, attr->map_type, attr->key_size,
	       attr->value_size, attr->max_entries, attr->map_flags, (unsigned long long)attr->map_extra,
	       attr->numa_node, attr->btf_key_type_id, attr->btf_value_type_id);
}

/* libbpf's probes of the kernel bear no name or one of their own. */
static int is_probe(const char *name)
{
	return !name[0] || !strncmp(name, "libbpf_", 7);
}

long syscall(long nr, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list args;
	int i;

	va_start(args, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (!real)
		real = dlsym(RTLD_NEXT, "syscall");
	if (nr == __NR_bpf && wanted) {
		const union bpf_attr *attr = (void *)a[1];

		if (a[0] == BPF_PROG_LOAD && !strncmp(attr->prog_name, wanted, BPF_OBJ_NAME_LEN - 1)) {
			print_prog(attr);
			errno = EPERM;
			return -1;
		}
		if (a[0] == BPF_MAP_CREATE && !is_probe(attr->map_name))
			print_map(attr);
	}
	return real(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int capture(const char *path, const char *btf, int which)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	struct bpf_object *obj = bpf_object__open_file(path, &opts);
	struct bpf_program *prog;
	struct bpf_map *map;
	int i = 0, found = 0;

	if (!obj)
		return 0;
	bpf_object__for_each_program(prog, obj) {
		bpf_program__set_autoload(prog, i == which);
		if (i++ == which) {
			wanted = bpf_program__name(prog);
			found = 1;
		}
	}
	bpf_object__for_each_map(map, obj)
		bpf_map__set_pin_path(map, NULL);
	if (found) {
		printf("NAME %s\n", wanted);
		printf("DONE %d\n", bpf_object__load(obj));
	}
	wanted = NULL;
	bpf_object__close(obj);
	return found;
}

int main(int argc, char **argv)
{
	int i = 0;

	libbpf_set_print(silent);
	printf("LIBBPF %s\n", libbpf_version_string());
	while (capture(argv[1], argc > 2 ? argv[2] : NULL, i))
		i++;
	return 0;
}
