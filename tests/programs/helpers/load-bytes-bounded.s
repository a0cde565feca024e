// A length between 1 and 16: the check makes it safe.
.section "tc"
    r4 = *(u32 *)(r1 + 0)
    r4 &= 15
    r4 += 1
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_skb_load_bytes
    exit
