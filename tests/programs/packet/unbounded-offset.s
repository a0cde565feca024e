// A 16-bit length from the packet as an offset: the sum may pass 65535 bytes.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 34
    if r4 > r3 goto out
    r6 = *(u32 *)(r2 + 16)
    r2 += r6
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r0 = *(u8 *)(r2 + 0)
    exit
out:
    r0 = 2
    exit
