// They are read whole.
// norun: the hook is not simulated
.section "netfilter"
    r2 = *(u32 *)(r1 + 8)
    r0 = 1
    exit
