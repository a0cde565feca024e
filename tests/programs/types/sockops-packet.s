// Headers are not for direct access.
// norun: the hook is not simulated
.section "sockops"
    r2 = *(u64 *)(r1 + 192)
    r0 = *(u8 *)(r2 + 0)
    r0 = 1
    exit
