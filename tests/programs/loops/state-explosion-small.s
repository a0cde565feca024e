// Five branches that each add a different number: no two paths agree, all are walked.
    r2 = *(u32 *)(r1 + 12)
    r3 = r10
    r3 += -64
    r0 = 0
    if r2 & 1 goto +1
    r0 += 1
    if r2 & 2 goto +1
    r0 += 2
    if r2 & 4 goto +1
    r0 += 4
    if r2 & 8 goto +1
    r0 += 8
    if r2 & 16 goto +1
    r0 += 16
    r3 += r0
    *(u8 *)(r3 + 0) = 1
    exit
