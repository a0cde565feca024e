// ld_abs reads the packet in network byte order, and ends the program when there is too little.
.section "socket"
    r6 = r1
    r0 = *(u16 *)skb[0]
    exit
