// JSET: where the bit is clear, the tnum knows it.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r5 = *(u8 *)(r2 + 0)
    if r5 & 0xfc goto out
    r6 = r10
    r6 += -8
    *(u64 *)(r10 - 8) = 0
    r6 += r5
    *(u8 *)(r6 + 0) = 1
    r0 = 3
    exit
out:
    r0 = 1
    exit
