// A pointer must be spilled to an aligned slot.
    *(u64 *)(r10 - 12) = r1
    r0 = 0
    exit
