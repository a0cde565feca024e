// Both parts of a sum become precise.
    r2 = *(u32 *)(r1 + 12)
    r3 = -1
    r5 = -2
    if r2 == 5 goto +2
    r3 = -3
    r5 = -4
    r3 += r5
    r4 = r10
    r4 += r3
    *(u8 *)(r4 - 1) = 1
    r0 = 2
    exit
