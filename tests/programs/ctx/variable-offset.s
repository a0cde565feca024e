// A variable offset into the context is refused.
    r2 = *(u32 *)(r1 + 12)
    r2 &= 4
    r1 += r2
    r0 = *(u32 *)(r1 + 0)
    exit
