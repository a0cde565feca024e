// An atomic needs alignment.
    *(u64 *)(r10 - 8) = 0
    *(u64 *)(r10 - 16) = 0
    r1 = 1
    lock *(u64 *)(r10 - 12) += r1
    r0 = 0
    exit
