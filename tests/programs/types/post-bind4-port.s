// After bind there is one.
// norun: the hook is not simulated
.section "cgroup/post_bind4"
    r0 = *(u32 *)(r1 + 24)
    r0 = *(u32 *)(r1 + 44)
    r0 = *(u16 *)(r1 + 48)
    r0 = 1
    exit
