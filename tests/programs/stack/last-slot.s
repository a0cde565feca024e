// 512 bytes can be used, and no more.
    r2 = 3
    *(u64 *)(r10 - 512) = r2
    r0 = *(u64 *)(r10 - 512)
    exit
