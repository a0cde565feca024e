// Packet loads want the context in r6.
.section "socket"
    r0 = *(u16 *)skb[0]
    exit
