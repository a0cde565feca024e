// ... and one of bpf_dynptr_slice_rdwr() is not.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    *(u64 *)(r10 - 32) = 0
    *(u64 *)(r10 - 24) = 0
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = r10
    r3 += -32
    r4 = 14
    call bpf_dynptr_slice_rdwr
    if r0 == 0 goto +1
    *(u8 *)(r0 + 0) = 1
    r0 = 0
    exit
