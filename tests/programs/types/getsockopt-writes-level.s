// What was asked stays.
// norun: the hook is not simulated
.section "cgroup/getsockopt"
    r2 = 1
    *(u32 *)(r1 + 24) = r2
    r0 = 1
    exit
