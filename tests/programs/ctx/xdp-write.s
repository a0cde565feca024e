// The context of XDP cannot be written.
    r2 = 0
    *(u32 *)(r1 + 0) = r2
    r0 = 2
    exit
