#!/bin/sh
# Compiles every program of this folder. Needs Debian's clang-22, llvm-22 (llvm-strip), gcc-bpf, libbpf-dev, linux-libc-dev.
set -e
cd "$(dirname "$0")"
for source in ${*:-*.c}; do
  object="${source%.c}.bpf.o"
  case "$source" in *_v4.c) cpu=v4 ;; *) cpu=v3 ;; esac
  clang-22 -O2 -g -target bpf -mcpu=$cpu -Wall -Wno-unused-function -Wno-unused-but-set-variable \
    -idirafter "/usr/include/$(uname -m)-linux-gnu" -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
  llvm-strip-22 -g "$object"
done

# The same sources from GCC, without BTF: GCC 12 writes BTF that the kernel refuses.
for name in ${GCC_SOURCES:-xdp_parse xdp_bounded_loop tc_mark xdp_swap_mac}; do
  bpf-gcc -O2 -mcpu=v3 -I/usr/include -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$name.c" -o "gcc_$name.bpf.o"
done
