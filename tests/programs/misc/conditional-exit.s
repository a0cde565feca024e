// Two exits, one for each branch.
    r2 = *(u32 *)(r1 + 12)
    if r2 > 3 goto big
    r0 = 1
    exit
big:
    r0 = 2
    exit
