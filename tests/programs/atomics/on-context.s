// No atomics on the context.
.section "tc"
    r2 = 1
    lock *(u32 *)(r1 + 48) += w2
    r0 = 0
    exit
