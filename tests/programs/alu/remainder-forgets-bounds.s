// The verifier does not follow %=: the remainder by 8 may be anything, so the store is refused.
.map slots, type=array, key=4, value=8, max_entries=1
.section "xdp"
    r6 = *(u32 *)(r1 + 12)
    r6 %= 8
    *(u32 *)(r10 - 4) = 0
    r1 = slots ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r0 += r6
    r1 = 1
    *(u8 *)(r0 + 0) = r1
out:
    r0 = 2
    exit
