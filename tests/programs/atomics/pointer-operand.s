// Root may add a pointer to a map value atomically.
// norun: the address goes to the map
.map counter, type=array, key=4, value=8, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = counter ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    lock *(u64 *)(r0 + 0) += r10
out:
    r0 = 2
    exit
