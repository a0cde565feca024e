// data_meta is compared with data, not with data_end.
    r2 = *(u32 *)(r1 + 8)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 4
    if r4 > r3 goto out
    r0 = *(u32 *)(r2 + 0)
    exit
out:
    r0 = 2
    exit
