// A pointer to a value shows what an update writes to an array.
.map m, type=array, key=4, value=8, max_entries=1
.section "xdp"
    r6 = 0
    *(u32 *)(r10 - 4) = 0
    r1 = m ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r7 = r0
    *(u64 *)(r7 + 0) = 3
    *(u32 *)(r10 - 4) = 0
    *(u64 *)(r10 - 16) = 77
    r1 = m ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
    r6 *= 31
    r6 += r0
    r6 = *(u64 *)(r7 + 0)
out:
    r0 = r6
    w0 = w0
    exit
