// And the mark is out of reach.
// norun: the hook is not simulated
.section "cgroup/post_bind4"
    r2 = *(u32 *)(r1 + 16)
    r0 = 1
    exit
