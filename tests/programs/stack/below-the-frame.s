// The frame has 512 bytes.
    *(u64 *)(r10 - 520) = 1
    r0 = 0
    exit
