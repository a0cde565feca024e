// After a store, packet pointers must be read anew.
.section "tc"
    r6 = *(u32 *)(r1 + 76)
    r7 = *(u32 *)(r1 + 80)
    r3 = r6
    r3 += 14
    if r3 > r7 goto out
    *(u64 *)(r10 - 8) = 0
    r2 = 0
    r3 = r10
    r3 += -8
    r4 = 6
    r5 = 0
    call bpf_skb_store_bytes
    r0 = *(u8 *)(r6 + 0)
    exit
out:
    r0 = 0
    exit
