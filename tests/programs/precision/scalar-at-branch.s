// The value of r2 decides the branch: back-tracking marks it precise.
    r2 = *(u32 *)(r1 + 12)
    r3 = -1
    if r2 == 5 goto +1
    r3 = -2
    r4 = r10
    r4 += r3
    *(u8 *)(r4 + 0) = 1
    r0 = 2
    exit
