// Data are read and written between two pointers.
// norun: the hook is not simulated
.section "sk_msg"
    r2 = *(u64 *)(r1 + 0)
    r3 = *(u64 *)(r1 + 8)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r5 = 0
    *(u8 *)(r2 + 0) = r5
    out:
    r0 = 1
    exit
