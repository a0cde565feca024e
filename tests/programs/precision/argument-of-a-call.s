// The precise number is an argument, used in the callee.
.section "xdp"
prog:
    r7 = *(u32 *)(r1 + 12)
    *(u64 *)(r10 - 8) = 0
    r2 = 1
    if r7 == 5 goto +1
    r2 = 3
    r1 = r10
    r1 += -8
    call poke
    r0 = *(u64 *)(r10 - 8)
    exit
poke:
    r1 += r2
    *(u8 *)(r1 + 0) = 1
    r0 = 0
    exit
