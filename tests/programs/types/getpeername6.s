// It may only rewrite.
// norun: the hook is not simulated
.section "cgroup/getpeername6"
    r2 = *(u32 *)(r1 + 20)
    r0 = 1
    exit
