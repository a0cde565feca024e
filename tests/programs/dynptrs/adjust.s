// Its bounds can be narrowed.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r1 = r10
    r1 += -16
    r2 = 4
    r3 = 10
    call bpf_dynptr_adjust
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
