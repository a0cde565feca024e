// lock += on a stack slot and on a map value.
.map counter, type=array, key=4, value=8, max_entries=1
.section "xdp"
    *(u64 *)(r10 - 8) = 40
    r1 = 2
    lock *(u64 *)(r10 - 8) += r1
    *(u32 *)(r10 - 12) = 0
    r1 = counter ll
    r2 = r10
    r2 += -12
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    w1 = 5
    lock *(u32 *)(r0 + 4) += w1
out:
    r0 = *(u64 *)(r10 - 8)
    exit
