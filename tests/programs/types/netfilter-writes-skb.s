// What they point to is read-only.
// norun: the hook is not simulated
.section "netfilter"
    r2 = *(u64 *)(r1 + 8)
    r3 = 0
    *(u32 *)(r2 + 112) = r3
    r0 = 1
    exit
