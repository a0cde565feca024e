// Only sendmsg has a source address.
// norun: the hook is not simulated
.section "cgroup/connect4"
    r2 = *(u32 *)(r1 + 40)
    r0 = 1
    exit
