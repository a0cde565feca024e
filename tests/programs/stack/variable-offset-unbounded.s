// A variable offset without bounds is refused.
    r2 = *(u32 *)(r1 + 12)
    r3 = r10
    r3 += r2
    *(u8 *)(r3 - 8) = 1
    r0 = 0
    exit
