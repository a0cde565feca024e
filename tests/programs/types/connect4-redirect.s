// Rewrites the address and the port; looks at the socket.
// norun: the hook is not simulated
.section "cgroup/connect4"
    r2 = *(u32 *)(r1 + 4)
    *(u32 *)(r1 + 4) = r2
    r3 = *(u16 *)(r1 + 24)
    *(u32 *)(r1 + 24) = r3
    r4 = *(u64 *)(r1 + 64)
    r0 = *(u32 *)(r4 + 4)
    r0 = 1
    exit
