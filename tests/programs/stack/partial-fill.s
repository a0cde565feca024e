// A narrow load of a spilled number: the low bytes of a known value are known.
    r2 = 0x11223344
    *(u64 *)(r10 - 8) = r2
    w3 = *(u32 *)(r10 - 8)
    w4 = *(u16 *)(r10 - 8)
    w5 = *(u8 *)(r10 - 7)
    r0 = r3
    r0 += r4
    r0 += r5
    exit
