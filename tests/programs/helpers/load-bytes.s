// bpf_skb_load_bytes() fills the buffer it is given.
.section "tc"
    r2 = 26
    r3 = r10
    r3 += -8
    r4 = 8
    call bpf_skb_load_bytes
    if r0 != 0 goto out
    r0 = *(u32 *)(r10 - 4)
    exit
out:
    r0 = 1
    exit
