// A second dynptr that overlaps the first.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = r1
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r1 = r6
    r2 = 0
    r3 = r10
    r3 += -24
    call bpf_dynptr_from_skb
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
