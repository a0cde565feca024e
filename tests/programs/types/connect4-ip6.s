// The address of the other family is out of reach.
// norun: the hook is not simulated
.section "cgroup/connect4"
    r0 = *(u32 *)(r1 + 8)
    r0 = 1
    exit
