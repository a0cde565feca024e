// (s8), (s16) and (s32) moves sign-extend; the verifier keeps their ranges.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 4
    if r4 > r3 goto out
    r5 = *(u32 *)(r2 + 0)
    r6 = (s8)r5
    r7 = (s16)r5
    r8 = (s32)r5
    w9 = (s8)w5
    r6 += r7
    r6 += r8
    r6 += r9
    r0 = r6
    w0 = w0
    exit
out:
    r0 = 1
    exit
