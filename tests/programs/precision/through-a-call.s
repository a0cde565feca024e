// The precise number is a callee's result.
.section "xdp"
prog:
    r6 = *(u32 *)(r1 + 12)
    r1 = r6
    call pick
    r4 = r10
    r4 += r0
    *(u8 *)(r4 + 0) = 1
    r0 = 2
    exit
pick:
    r0 = -4
    if r1 == 5 goto +1
    r0 = -6
    exit
