// There is no answer yet.
// norun: the hook is not simulated
.section "cgroup/setsockopt"
    r2 = *(u32 *)(r1 + 36)
    r0 = 1
    exit
