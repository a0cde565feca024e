// ld_ind adds a register.
.section "socket"
    r6 = r1
    r7 = 8
    r0 = *(u8 *)skb[r7 + 1]
    exit
