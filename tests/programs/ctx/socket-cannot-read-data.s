// A socket filter has no direct packet access.
.section "socket"
    r0 = *(u32 *)(r1 + 76)
    r0 = 0
    exit
