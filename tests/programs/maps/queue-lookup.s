// A queue has no keys to look up.
.map work, type=queue, key=0, value=4, max_entries=2
.section "xdp"
    r1 = work ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 2
    exit
