// A negation of a known and of an unknown number.
    r2 = *(u32 *)(r1 + 12)
    r0 = 5
    r0 = -r0
    w2 = -w2
    r0 ^= r2
    r0 ^= r2
    w0 = w0
    exit
