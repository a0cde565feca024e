// The numbers are read whole.
// norun: the hook is not simulated
.section "cgroup/dev"
    r2 = *(u16 *)(r1 + 4)
    r0 = 1
    exit
