// An array refuses an index behind its end, a new element, deletion and unknown flags.
.map m, type=array, key=4, value=8, max_entries=2
.section "xdp"
    r6 = 0
    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 5
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 2
    *(u64 *)(r10 - 16) = 5
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 1
    *(u64 *)(r10 - 16) = 6
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 1
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 0
    *(u64 *)(r10 - 16) = 7
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 2
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 0
    *(u64 *)(r10 - 16) = 7
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 3
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    *(u32 *)(r10 - 4) = 0
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_delete_elem
    r6 *= 31
    r6 += r0
    r0 = r6
    w0 = w0
    exit
