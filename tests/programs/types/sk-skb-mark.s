// It has no mark.
// norun: the hook is not simulated
.section "sk_skb/stream_verdict"
    r2 = *(u32 *)(r1 + 8)
    r0 = 1
    exit
