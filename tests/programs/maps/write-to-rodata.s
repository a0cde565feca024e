// Constants cannot be written.
.section "xdp"
    r1 = limit ll
    *(u32 *)(r1 + 0) = 1
    r0 = 2
    exit
.section ".rodata"
limit:
    .long 5
