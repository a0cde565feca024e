// No arithmetic on a pointer that may be NULL.
.map counter, type=hash, key=4, value=8, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 += 4
    if r0 == 0 goto out
    *(u32 *)(r0 + 0) = 1
out:
    r0 = 2
    exit
