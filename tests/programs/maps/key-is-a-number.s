// A key is a pointer.
.map flows, type=hash, key=4, value=8, max_entries=4
.section "xdp"
    r1 = flows ll
    r2 = 1
    call bpf_map_lookup_elem
    r0 = 2
    exit
