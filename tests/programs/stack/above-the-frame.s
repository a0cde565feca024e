// Nothing is at or above r10.
    *(u64 *)(r10 + 0) = 1
    r0 = 0
    exit
