// A negative offset counts from the network header (SKF_NET_OFF).
.section "tc"
    r6 = r1
    r0 = *(u8 *)skb[-1048567]
    exit
