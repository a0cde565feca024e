// Two checks: the longer one counts for all copies of the pointer.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 4
    if r4 > r3 goto out
    r5 = r2
    r5 += 10
    if r5 > r3 goto out
    r0 = *(u8 *)(r2 + 9)
    r6 = *(u8 *)(r4 + 5)
    r0 += r6
    exit
out:
    r0 = 1
    exit
