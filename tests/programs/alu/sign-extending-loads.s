// Loads with a sign from the packet: the value range starts below zero.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    r5 = *(s8 *)(r2 + 12)
    r6 = *(s16 *)(r2 + 4)
    r7 = *(s32 *)(r2 + 8)
    r5 += r6
    r5 += r7
    r0 = r5
    w0 = w0
    exit
out:
    r0 = 1
    exit
