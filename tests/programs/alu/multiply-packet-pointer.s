// A pointer cannot be multiplied.
    r2 = *(u32 *)(r1 + 0)
    r2 *= 2
    r0 = 0
    exit
