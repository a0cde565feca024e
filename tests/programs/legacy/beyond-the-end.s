// Beyond the packet's end the program returns 0.
.section "socket"
    r6 = r1
    r0 = *(u32 *)skb[1000]
    r0 = 7
    exit
