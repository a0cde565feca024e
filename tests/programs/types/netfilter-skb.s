// The context has two kernel pointers.
// norun: the hook is not simulated
.section "netfilter"
    r2 = *(u64 *)(r1 + 8)
    r3 = *(u64 *)(r1 + 0)
    r0 = *(u32 *)(r2 + 112)
    r0 = 1
    exit
