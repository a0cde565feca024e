// Slots of zeros give a known zero, also when they are read narrowly.
    r2 = 0
    *(u64 *)(r10 - 8) = r2
    *(u32 *)(r10 - 12) = 0
    w3 = *(u16 *)(r10 - 6)
    w4 = *(u8 *)(r10 - 11)
    r0 = r3
    r0 += r4
    exit
