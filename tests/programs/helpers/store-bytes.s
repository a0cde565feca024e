// bpf_skb_store_bytes() writes the destination address.
.section "tc"
    r6 = r1
    r1 = 0x0000665544332202 ll
    *(u64 *)(r10 - 8) = r1
    r1 = r6
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = 6
    r5 = 0
    call bpf_skb_store_bytes
    w0 = w0
    exit
