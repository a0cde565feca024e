// The number of rounds comes from the packet, with a limit.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1
    r0 = 0
    if r4 > r3 goto out
    r5 = *(u8 *)(r2 + 0)
    r5 &= 7
again:
    if r0 >= r5 goto out
    r0 += 1
    goto again
out:
    exit
