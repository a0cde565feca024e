// BPF_NOEXIST means nothing to a queue.
.map work, type=queue, key=0, value=4, max_entries=2
.section "xdp"
    r6 = 0
    r1 = 1
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 1
    call bpf_map_push_elem
    r6 *= 31
    r6 += r0
    r1 = 1
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 3
    call bpf_map_push_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 0
    r1 = work ll
    r2 = r10
    r2 += -4
    call bpf_map_pop_elem
    w1 = *(u32 *)(r10 - 4)
    r6 *= 31
    r6 += r0
    r6 += r1
    r0 = r6
    w0 = w0
    exit
