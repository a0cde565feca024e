// Bytes of different origin make a number about which nothing is known.
    r2 = *(u32 *)(r1 + 12)
    *(u64 *)(r10 - 8) = 0
    *(u8 *)(r10 - 8) = w2
    r0 = *(u64 *)(r10 - 8)
    w0 &= 3
    exit
