// A length that may be zero is refused here.
.section "tc"
    r4 = *(u32 *)(r1 + 0)
    r4 &= 15
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_skb_load_bytes
    r0 = 0
    exit
