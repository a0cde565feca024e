// A store at a variable offset over a spilled pointer destroys it.
    *(u64 *)(r10 - 8) = r1
    r2 = *(u32 *)(r1 + 12)
    r2 &= 7
    r3 = r10
    r3 += -8
    r3 += r2
    *(u8 *)(r3 + 0) = 1
    r4 = *(u64 *)(r10 - 8)
    r0 = *(u32 *)(r4 + 0)
    exit
