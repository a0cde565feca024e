// Half an IPv6 address at once; binding may return 3.
// norun: the hook is not simulated
.section "cgroup/bind6"
    r2 = *(u64 *)(r1 + 8)
    *(u64 *)(r1 + 16) = r2
    r0 = 3
    exit
