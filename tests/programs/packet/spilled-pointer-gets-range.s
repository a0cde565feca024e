// The range found by a check reaches the copy on the stack.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    *(u64 *)(r10 - 8) = r2
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    r5 = *(u64 *)(r10 - 8)
    r0 = *(u8 *)(r5 + 13)
    exit
out:
    r0 = 1
    exit
