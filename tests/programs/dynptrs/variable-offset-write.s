// A store at a variable place within it.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = *(u32 *)(r1 + 0)
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    r6 &= 7
    r7 = r10
    r7 += -16
    r7 += r6
    *(u8 *)(r7 + 0) = 1
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
