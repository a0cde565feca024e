// A store at a variable offset within the frame.
    r2 = *(u32 *)(r1 + 12)
    r2 &= 7
    *(u64 *)(r10 - 8) = 0
    *(u64 *)(r10 - 16) = 0
    r3 = r10
    r3 += -16
    r3 += r2
    r4 = 1
    *(u8 *)(r3 + 0) = r4
    r0 = *(u8 *)(r10 - 15)
    exit
