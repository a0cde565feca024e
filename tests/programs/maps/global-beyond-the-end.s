// An offset behind the last global.
.section "xdp"
    r1 = seen ll
    r0 = *(u64 *)(r1 + 8)
    exit
.section ".bss"
seen:
    .zero 8
