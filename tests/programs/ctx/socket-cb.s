// The control block is the socket filter's own to write.
.section "socket"
    r2 = 41
    *(u32 *)(r1 + 52) = r2
    r0 = *(u32 *)(r1 + 52)
    r0 += 1
    exit
