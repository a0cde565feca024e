// The inner map is used without a NULL check.
.map inner, type=array, key=4, value=8, max_entries=1
.map outer, type=array_of_maps, key=4, value=4, max_entries=2, inner=inner
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = outer ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = r0
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 2
    exit
