// The fetching operations give back what was there.
    r1 = 0x0f0f
    *(u64 *)(r10 - 8) = r1
    r2 = 0x00ff
    r2 = atomic_fetch_and((u64 *)(r10 - 8), r2)
    r3 = 0x1000
    r3 = atomic_fetch_or((u64 *)(r10 - 8), r3)
    r4 = 0x0001
    r4 = atomic_fetch_xor((u64 *)(r10 - 8), r4)
    r5 = 2
    r5 = atomic_fetch_add((u64 *)(r10 - 8), r5)
    r0 = *(u64 *)(r10 - 8)
    r0 <<= 16
    r0 += r2
    r0 += r3
    r0 += r4
    r0 += r5
    w0 = w0
    exit
