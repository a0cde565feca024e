// Packet loads forget r1 to r5, as calls do.
.section "socket"
    r6 = r1
    r2 = 5
    r0 = *(u8 *)skb[0]
    r0 += r2
    exit
