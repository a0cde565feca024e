// Paths that differ in the kind of dynptr are not the same.
// norun: kfuncs are not simulated
.map ring, type=ringbuf, max_entries=4096
.section "tc"
prog:
    r6 = *(u32 *)(r1 + 0)
    r7 = r1
    if r6 == 0 goto other
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
    goto join
other:
    r1 = ring ll
    r2 = 16
    r3 = 0
    r4 = r10
    r4 += -16
    call bpf_ringbuf_reserve_dynptr
    r1 = r10
    r1 += -16
    r2 = 0
    call bpf_ringbuf_discard_dynptr
    r1 = r7
    r2 = 0
    r3 = r10
    r3 += -16
    call bpf_dynptr_from_skb
join:
    r1 = r10
    r1 += -16
    call bpf_dynptr_size
    r0 = 0
    exit
