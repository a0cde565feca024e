// A new socket has no address yet.
// norun: the hook is not simulated
.section "cgroup/sock_create"
    r0 = *(u32 *)(r1 + 24)
    r0 = 1
    exit
