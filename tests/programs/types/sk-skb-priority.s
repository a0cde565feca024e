// A stream verdict may set the priority.
// norun: the hook is not simulated
.section "sk_skb/stream_verdict"
    r2 = *(u32 *)(r1 + 32)
    *(u32 *)(r1 + 32) = r2
    r0 = *(u32 *)(r1 + 88)
    r0 = 1
    exit
