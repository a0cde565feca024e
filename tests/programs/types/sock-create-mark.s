// A new socket can be marked.
// norun: the hook is not simulated
.section "cgroup/sock_create"
    r2 = 7
    *(u32 *)(r1 + 16) = r2
    r0 = *(u8 *)(r1 + 4)
    r0 = 1
    exit
