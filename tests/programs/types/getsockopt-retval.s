// The answer can be changed.
// norun: the hook is not simulated
.section "cgroup/getsockopt"
    r2 = 0
    *(u32 *)(r1 + 36) = r2
    *(u32 *)(r1 + 32) = r2
    r0 = 1
    exit
