// 64-bit counters are read whole.
// norun: the hook is not simulated
.section "sockops"
    r2 = *(u32 *)(r1 + 168)
    r0 = 1
    exit
