// XDP may return any number.
    r0 = *(u32 *)(r1 + 12)
    r0 <<= 40
    r0 = -r0
    exit
