// The precise number went over the stack.
    r2 = *(u32 *)(r1 + 12)
    r3 = -8
    if r2 == 5 goto +1
    r3 = -16
    *(u64 *)(r10 - 32) = r3
    r5 = *(u64 *)(r10 - 32)
    r4 = r10
    r4 += r5
    *(u64 *)(r4 + 0) = 1
    r0 = 2
    exit
