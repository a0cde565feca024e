// The program may not look into it.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r1 = *(u64 *)(r10 - 16)
    r0 = 0
    exit
