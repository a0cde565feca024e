// A write from tc makes the kernel unclone the buffer first.
.section "tc"
    r2 = *(u32 *)(r1 + 76)
    r3 = *(u32 *)(r1 + 80)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    *(u8 *)(r2 + 5) = 9
    r0 = 0
    exit
out:
    r0 = 2
    exit
