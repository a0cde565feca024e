// bpf_dynptr_data() is for other memory.
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
    r3 = 8
    call bpf_dynptr_data
    r0 = 0
    exit
