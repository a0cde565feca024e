// A hash of maps that is empty: the lookup gives NULL.
.map inner, type=hash, key=4, value=8, max_entries=4
.map outer, type=hash_of_maps, key=4, value=4, max_entries=4, inner=inner
.section "xdp"
    *(u32 *)(r10 - 4) = 9
    r1 = outer ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto none
    r0 = 1
    exit
none:
    r0 = 2
    exit
