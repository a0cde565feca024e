// A pointer that may be NULL is spilled, checked and filled.
.map m, type=hash, key=4, value=8, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 1
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    *(u64 *)(r10 - 16) = r0
    if r0 == 0 goto out
    r6 = *(u64 *)(r10 - 16)
    *(u64 *)(r6 + 0) = 1
out:
    r0 = 2
    exit
