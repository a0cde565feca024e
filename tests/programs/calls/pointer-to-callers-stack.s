// A callee writes to the stack of its caller.
.section "xdp"
prog:
    *(u64 *)(r10 - 8) = 0
    r1 = r10
    r1 += -8
    call fill
    r0 = *(u64 *)(r10 - 8)
    exit
fill:
    *(u64 *)(r1 + 0) = 77
    r0 = 0
    exit
