// The access in the branch that is taken: if data + 14 <= data_end.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 <= r3 goto read
    r0 = 1
    exit
read:
    r0 = *(u8 *)(r2 + 6)
    exit
