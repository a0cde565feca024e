// One slot of it is enough.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    *(u8 *)(r10 - 1) = 0
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
