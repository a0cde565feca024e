// After a variable length the old check no longer covers the access.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 54
    if r4 > r3 goto out
    r6 = *(u8 *)(r2 + 14)
    r6 &= 15
    r6 <<= 2
    r7 = r2
    r7 += r6
    r0 = *(u16 *)(r7 + 2)
    exit
out:
    r0 = 2
    exit
