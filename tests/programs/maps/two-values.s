// Two values of one map are two pointers: a check of one says nothing of the other.
.map m, type=hash, key=4, value=8, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 1
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r6 = r0
    *(u32 *)(r10 - 4) = 2
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r6 == 0 goto out
    r1 = *(u64 *)(r0 + 0)
out:
    r0 = 2
    exit
