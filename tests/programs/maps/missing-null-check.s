// The result of a lookup is used without a look at whether it is NULL.
.map counter, type=hash, key=4, value=8, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = *(u64 *)(r0 + 0)
    r0 = 2
    exit
