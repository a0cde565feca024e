// A socket filter may write cb, not mark.
.section "socket"
    r2 = 1
    *(u32 *)(r1 + 8) = r2
    r0 = 0
    exit
