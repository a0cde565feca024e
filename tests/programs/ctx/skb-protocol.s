// The protocol is in network byte order.
.section "tc"
    w0 = *(u16 *)(r1 + 16)
    w0 = be16 w0
    exit
