// The second half ends with the address.
// norun: the hook is not simulated
.section "cgroup/bind6"
    r2 = *(u64 *)(r1 + 24)
    r0 = 1
    exit
