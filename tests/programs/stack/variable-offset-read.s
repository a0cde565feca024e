// A load at a variable offset of a filled frame.
    r2 = *(u32 *)(r1 + 12)
    r2 &= 7
    r3 = 0x0807060504030201 ll
    *(u64 *)(r10 - 8) = r3
    r4 = r10
    r4 += -8
    r4 += r2
    r0 = *(u8 *)(r4 + 0)
    exit
