// A pointer into a dead frame cannot be returned.
.section "xdp"
prog:
    call leak
    r0 = *(u64 *)(r0 + 0)
    exit
leak:
    *(u64 *)(r10 - 8) = 1
    r0 = r10
    r0 += -8
    exit
