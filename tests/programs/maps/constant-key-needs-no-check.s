// An array lookup with a constant key in range gives a value that cannot be NULL.
.map counter, type=array, key=4, value=8, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 8) = 3
    r1 = counter ll
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    r1 = 5
    *(u64 *)(r0 + 0) = r1
    r0 = 2
    exit
