// bpf_dynptr_write() to a packet voids its slices.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    *(u64 *)(r10 - 32) = 0
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = 0
    r4 = 14
    call bpf_dynptr_slice
    r7 = r0
    if r7 == 0 goto out
    r1 = r10
    r1 += -16
    r2 = 0
    r3 = r10
    r3 += -32
    r4 = 8
    r5 = 0
    call bpf_dynptr_write
    r1 = *(u8 *)(r7 + 0)
out:
    r0 = 0
    exit
