// The check written from the end: if data_end < data + 14.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r3 < r4 goto out
    r0 = *(u8 *)(r2 + 13)
    exit
out:
    r0 = 1
    exit
