#!/bin/sh
# Compiles the programs of this folder. Needs what ../../objects/build.sh needs.
set -e
cd "$(dirname "$0")"
for source in ${*:-*.c}; do
  object="${source%.c}.bpf.o"
  clang-22 -O2 -g -target bpf -mcpu=v3 -Wall -idirafter "/usr/include/$(uname -m)-linux-gnu" \
    -fdebug-prefix-map="$PWD"=. -c "$source" -o "$object"
  llvm-strip-22 -g "$object"
done
