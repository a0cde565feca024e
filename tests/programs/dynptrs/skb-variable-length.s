// The length of a slice is a constant.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = *(u32 *)(r1 + 0)
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = 0
    r4 = r6
    call bpf_dynptr_slice
    r0 = 0
    exit
