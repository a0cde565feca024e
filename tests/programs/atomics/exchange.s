// xchg and cmpxchg, one that hits and one that misses.
    *(u64 *)(r10 - 8) = 1
    r1 = 2
    r1 = xchg_64(r10 - 8, r1)
    r2 = 3
    r0 = 2
    r0 = cmpxchg_64(r10 - 8, r0, r2)
    r6 = r0
    r0 = 9
    r0 = cmpxchg_64(r10 - 8, r0, r1)
    r0 <<= 4
    r0 += r6
    r0 <<= 4
    r0 += r1
    exit
