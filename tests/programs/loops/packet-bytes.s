// The sum of the first bytes of the packet, checked in every round.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r0 = 0
    r5 = 0
again:
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r6 = *(u8 *)(r2 + 0)
    r0 += r6
    r2 += 1
    r5 += 1
    if r5 < 8 goto again
out:
    exit
