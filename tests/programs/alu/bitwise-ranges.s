// and, or, xor of two unknown bytes: what tnums know.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 2
    if r4 > r3 goto out
    r5 = *(u8 *)(r2 + 0)
    r6 = *(u8 *)(r2 + 1)
    r5 &= 0xf0
    r6 &= 0x0f
    r7 = r5
    r7 |= r6
    r8 = r5
    r8 ^= r6
    r5 &= r6
    r0 = r7
    r0 += r8
    r0 += r5
    exit
out:
    r0 = 1
    exit
