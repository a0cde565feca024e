// A context pointer goes to the stack and comes back.
    *(u64 *)(r10 - 8) = r1
    r2 = *(u64 *)(r10 - 8)
    r3 = *(u32 *)(r2 + 0)
    r4 = *(u32 *)(r2 + 4)
    r0 = r4
    r0 -= r3
    exit
