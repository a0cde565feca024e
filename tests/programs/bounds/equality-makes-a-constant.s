// After ==, the register is a constant; after != it may still be anything.
    r2 = *(u32 *)(r1 + 12)
    if r2 == 1 goto one
    if r2 != 7 goto out
    r0 = r2
    exit
one:
    r0 = r2
    r0 += 1
    exit
out:
    r0 = 0
    exit
