// The file position can be moved.
// norun: the hook is not simulated
.section "cgroup/sysctl"
    r2 = *(u8 *)(r1 + 0)
    *(u32 *)(r1 + 4) = r2
    r0 = 1
    exit
