// A socket filter copies what it cannot reach directly.
.section "socket"
    r2 = 9
    r3 = r10
    r3 += -1
    r4 = 1
    call bpf_skb_load_bytes
    r0 = *(u8 *)(r10 - 1)
    exit
