// A 32-bit spill of a bounded number, filled again with 32 bits.
    r2 = *(u32 *)(r1 + 12)
    w2 &= 0xfff
    *(u32 *)(r10 - 4) = w2
    w0 = *(u32 *)(r10 - 4)
    exit
