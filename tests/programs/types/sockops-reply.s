// Answers, and knows the socket.
// norun: the hook is not simulated
.section "sockops"
    r6 = r1
    r2 = *(u32 *)(r6 + 0)
    *(u32 *)(r6 + 4) = r2
    r2 = *(u64 *)(r6 + 184)
    if r2 == 0 goto out
    r3 = *(u32 *)(r2 + 44)
    out:
    r0 = 1
    exit
