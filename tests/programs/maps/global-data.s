// .data, .bss and .rodata: globals of a compiled program.
.section "xdp"
    r1 = seen ll
    r2 = *(u64 *)(r1 + 0)
    r2 += 1
    *(u64 *)(r1 + 0) = r2
    r3 = step ll
    r4 = *(u32 *)(r3 + 0)
    r5 = total ll
    r6 = *(u64 *)(r5 + 0)
    r6 += r4
    *(u64 *)(r5 + 0) = r6
    r0 = r6
    exit
.section ".bss"
seen:
    .zero 8
.section ".rodata"
step:
    .long 5
.section ".data"
total:
    .quad 100
