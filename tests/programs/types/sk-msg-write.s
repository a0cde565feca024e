// Its fields cannot be written.
// norun: the hook is not simulated
.section "sk_msg"
    r2 = 0
    *(u32 *)(r1 + 68) = r2
    r0 = 1
    exit
