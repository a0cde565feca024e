// A queue that is full refuses a value, or drops its oldest with BPF_EXIST.
.map work, type=queue, key=0, value=4, max_entries=2
.section "xdp"
    r6 = 0
    r1 = 1
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 0
    call bpf_map_push_elem
    r6 *= 31
    r6 += r0
    r1 = 2
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 0
    call bpf_map_push_elem
    r6 *= 31
    r6 += r0
    r1 = 3
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 0
    call bpf_map_push_elem
    r6 *= 31
    r6 += r0
    r1 = 4
    *(u32 *)(r10 - 4) = w1
    r1 = work ll
    r2 = r10
    r2 += -4
    r3 = 2
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
    *(u32 *)(r10 - 4) = 0
    r1 = work ll
    r2 = r10
    r2 += -4
    call bpf_map_peek_elem
    w1 = *(u32 *)(r10 - 4)
    r6 *= 31
    r6 += r0
    r6 += r1
    *(u32 *)(r10 - 4) = 0
    r1 = work ll
    r2 = r10
    r2 += -4
    call bpf_map_pop_elem
    w1 = *(u32 *)(r10 - 4)
    r6 *= 31
    r6 += r0
    r6 += r1
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
