// Products of ranges: small factors keep bounds, large ones lose them.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 2
    if r4 > r3 goto out
    r5 = *(u8 *)(r2 + 0)
    r6 = *(u8 *)(r2 + 1)
    r7 = r5
    r7 *= r6
    r8 = r7
    r8 *= r7
    r8 *= r7
    r8 *= r7
    r8 *= r7
    r0 = r7
    r0 += r8
    w0 = w0
    exit
out:
    r0 = 1
    exit
