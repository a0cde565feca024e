// A branch that cannot be taken is not walked: the bad store behind it does no harm.
    r2 = *(u32 *)(r1 + 12)
    r2 &= 0xff
    if r2 > 255 goto bad
    r0 = 2
    exit
bad:
    r9 = 0
    *(u64 *)(r9 + 0) = 1
    r0 = 0
    exit
