// Behind the 16-bit port is padding.
// norun: the hook is not simulated
.section "cgroup/sock_create"
    r0 = *(u16 *)(r1 + 50)
    r0 = 1
    exit
