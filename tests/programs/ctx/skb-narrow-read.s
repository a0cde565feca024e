// A byte of a field: the kernel loads the whole field and masks.
.section "tc"
    r2 = *(u8 *)(r1 + 0)
    r3 = *(u16 *)(r1 + 8)
    r0 = r2
    r0 += r3
    exit
