// Without a look at its end it may not.
// norun: the hook is not simulated
.section "cgroup/setsockopt"
    r2 = *(u64 *)(r1 + 8)
    r0 = *(u8 *)(r2 + 0)
    r0 = 1
    exit
