// In the upper half of a stack slot a constant key other than zero is not tracked.
.map counter, type=array, key=4, value=8, max_entries=4
.section "xdp"
    r1 = 3
    *(u32 *)(r10 - 4) = r1
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r1 = 5
    *(u64 *)(r0 + 0) = r1
    r0 = 2
    exit
