// Whether it is a write cannot be changed.
// norun: the hook is not simulated
.section "cgroup/sysctl"
    r2 = 1
    *(u32 *)(r1 + 0) = r2
    r0 = 1
    exit
