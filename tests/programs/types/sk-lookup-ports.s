// The remote port has two bytes, or four as it used to.
// norun: the hook is not simulated
.section "sk_lookup"
    r2 = *(u32 *)(r1 + 36)
    r2 = *(u16 *)(r1 + 36)
    r2 = *(u16 *)(r1 + 38)
    r0 = 1
    exit
