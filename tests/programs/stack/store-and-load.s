// What is stored is known when it is loaded again.
    *(u64 *)(r10 - 8) = 5
    r2 = 37
    *(u64 *)(r10 - 16) = r2
    r0 = *(u64 *)(r10 - 8)
    r3 = *(u64 *)(r10 - 16)
    r0 += r3
    exit
