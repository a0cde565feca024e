// A difference of two ranges may be negative; a check makes it safe again.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 2
    if r4 > r3 goto out
    r5 = *(u8 *)(r2 + 0)
    r6 = *(u8 *)(r2 + 1)
    r5 -= r6
    if r5 s< 0 goto out
    r0 = r5
    exit
out:
    r0 = 1
    exit
