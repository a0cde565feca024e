// tc may use them as well; offsets count from the Ethernet header.
.section "tc"
    r6 = r1
    r0 = *(u16 *)skb[12]
    r7 = r0
    r0 = *(u32 *)skb[26]
    r0 += r7
    w0 = w0
    exit
