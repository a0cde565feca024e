// A prog array cannot be looked up.
.map jumps, type=prog_array, key=4, value=4, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = jumps ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 2
    exit
