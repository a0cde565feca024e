// The socket may be missing.
// norun: the hook is not simulated
.section "sockops"
    r2 = *(u64 *)(r1 + 184)
    r0 = *(u32 *)(r2 + 44)
    r0 = 1
    exit
