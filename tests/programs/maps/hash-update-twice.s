// BPF_NOEXIST fails the second time: the errors add up in the return value.
.map flows, type=hash, key=4, value=4, max_entries=8
.section "xdp"
    *(u32 *)(r10 - 4) = 7
    *(u32 *)(r10 - 8) = 70
    r1 = flows ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -8
    r4 = 1
    call bpf_map_update_elem
    r6 = r0
    r1 = flows ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -8
    r4 = 1
    call bpf_map_update_elem
    r6 += r0
    r0 = r6
    w0 = w0
    exit
