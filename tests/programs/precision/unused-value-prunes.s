// A value that nothing depends on does not keep two paths apart.
    r2 = *(u32 *)(r1 + 12)
    r3 = 8
    if r2 == 5 goto +1
    r3 = 520
    r3 += 1
    r0 = 2
    exit
