// A queue: push and pop.
.map work, type=queue, key=0, value=4, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 77
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 0
    call bpf_map_push_elem
    r1 = work ll
    r2 = r10
    r2 += -8
    call bpf_map_pop_elem
    r0 = *(u32 *)(r10 - 8)
    exit
