// Selects among sockets of one port.
// norun: the hook is not simulated
.section "sk_reuseport"
    r2 = *(u32 *)(r1 + 32)
    r2 = *(u16 *)(r1 + 20)
    r3 = *(u64 *)(r1 + 40)
    r0 = *(u32 *)(r3 + 0)
    r0 = 1
    exit
