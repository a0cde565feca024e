// A dynptr lies in whole slots.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -20
    call bpf_dynptr_from_skb
    r0 = 0
    exit
