// The smallest useful map: one counter.
.map counter, type=array, key=4, value=8, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r1 = *(u64 *)(r0 + 0)
    r1 += 1
    *(u64 *)(r0 + 0) = r1
out:
    r0 = 2
    exit
