// The protocol is two bytes at least.
// norun: the hook is not simulated
.section "sk_reuseport"
    r2 = *(u8 *)(r1 + 20)
    r0 = 1
    exit
