// A slice of bpf_dynptr_slice() is read-only.
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
    r3 = 0
    r4 = 14
    call bpf_dynptr_slice
    if r0 == 0 goto +1
    *(u8 *)(r0 + 0) = 1
    r0 = 0
    exit
