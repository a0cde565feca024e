// Type of access, major and minor.
// norun: the hook is not simulated
.section "cgroup/dev"
    r2 = *(u16 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = *(u32 *)(r1 + 8)
    r0 = 1
    exit
