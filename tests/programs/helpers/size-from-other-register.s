// A size compared against a constant in a register.
.section "tc"
    r4 = *(u32 *)(r1 + 0)
    r5 = 8
    if r4 > r5 goto cut
    goto load
cut:
    r4 = 8
load:
    if r4 == 0 goto out
    r2 = 0
    r3 = r10
    r3 += -8
    call bpf_skb_load_bytes
    w0 = w0
    exit
out:
    r0 = 5
    exit
