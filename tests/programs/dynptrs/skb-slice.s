// A slice of packet data.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = r10
    r3 += -32
    r4 = 14
    call bpf_dynptr_slice
    if r0 == 0 goto +1
    r1 = *(u8 *)(r0 + 13)
    r0 = 0
    exit
