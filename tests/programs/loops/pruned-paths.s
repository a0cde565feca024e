// Eight branches in a row make 256 paths; pruning makes them few.
    r2 = *(u32 *)(r1 + 12)
    r0 = 0
    if r2 & 1 goto +1
    r3 = 0
    if r2 & 2 goto +1
    r3 = 0
    if r2 & 4 goto +1
    r3 = 0
    if r2 & 8 goto +1
    r3 = 0
    if r2 & 16 goto +1
    r3 = 0
    if r2 & 32 goto +1
    r3 = 0
    if r2 & 64 goto +1
    r3 = 0
    if r2 & 128 goto +1
    r3 = 0
    r0 = 2
    exit
