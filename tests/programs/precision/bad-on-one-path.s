// One of two values is out of bounds: only that path is refused.
    r2 = *(u32 *)(r1 + 12)
    r3 = -8
    if r2 == 5 goto +1
    r3 = -520
    r4 = r10
    r4 += r3
    *(u64 *)(r4 + 0) = 1
    r0 = 2
    exit
