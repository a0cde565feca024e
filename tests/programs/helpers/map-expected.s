// The first argument must be a map.
    r2 = r10
    r2 += -8
    call bpf_map_lookup_elem
    r0 = 0
    exit
