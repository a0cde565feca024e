// A context pointer with an offset cannot be given to a helper.
.section "tc"
    r1 += 4
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = 8
    call bpf_skb_load_bytes
    r0 = 0
    exit
