// Unknown flags of bpf_skb_store_bytes() fail when it runs.
.section "tc"
    *(u64 *)(r10 - 8) = 0
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = 6
    r5 = 4
    call bpf_skb_store_bytes
    w0 = w0
    exit
