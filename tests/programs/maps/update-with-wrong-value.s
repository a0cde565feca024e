// The value is shorter than the map's.
.map flows, type=hash, key=4, value=16, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    *(u64 *)(r10 - 16) = 1
    r1 = flows ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -8
    r4 = 0
    call bpf_map_update_elem
    r0 = 2
    exit
