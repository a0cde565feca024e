#!/bin/sh
# Compiles every program of this folder. Needs Debian's clang-22, llvm-22 (llvm-strip), libbpf-dev, linux-libc-dev.
set -e
cd "$(dirname "$0")"
for source in ${*:-*.c}; do
  object="${source%.c}.bpf.o"
  case "$source" in *_v4.c) cpu=v4 ;; *) cpu=v3 ;; esac
  clang-22 -O2 -g -target bpf -mcpu=$cpu -Wall -Wno-unused-function -Wno-unused-but-set-variable \
    -idirafter "/usr/include/$(uname -m)-linux-gnu" -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
  llvm-strip-22 -g "$object"
done
