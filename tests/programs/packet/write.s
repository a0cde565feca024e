// XDP may write to the packet: source and destination addresses swapped.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    r5 = *(u32 *)(r2 + 0)
    w6 = *(u16 *)(r2 + 4)
    r7 = *(u32 *)(r2 + 6)
    w8 = *(u16 *)(r2 + 10)
    *(u32 *)(r2 + 0) = r7
    *(u16 *)(r2 + 4) = w8
    *(u32 *)(r2 + 6) = r5
    *(u16 *)(r2 + 10) = w6
    r0 = 3
    exit
out:
    r0 = 2
    exit
