// The check of a copy counts for the original: both have the same id.
.map counter, type=hash, key=4, value=8, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r6 = r0
    if r6 == 0 goto out
    *(u64 *)(r0 + 0) = 1
out:
    r0 = 2
    exit
