// Half a pointer cannot be spilled.
    *(u32 *)(r10 - 8) = w1
    r0 = 0
    exit
