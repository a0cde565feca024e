// A map in a map: the inner map's pointer may be NULL.
.map inner, type=array, key=4, value=8, max_entries=1
.map outer, type=array_of_maps, key=4, value=4, max_entries=2, inner=inner
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = outer ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = r0
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    *(u64 *)(r0 + 0) = 1
out:
    r0 = 2
    exit
