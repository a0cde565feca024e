// An LRU hash takes what a hash takes.
.map recent, type=lru_hash, key=4, value=8, max_entries=16
.section "xdp"
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    r5 = *(u32 *)(r2 + 0)
    *(u32 *)(r10 - 4) = r5
    *(u64 *)(r10 - 16) = 1
    r1 = recent ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -16
    r4 = 0
    call bpf_map_update_elem
out:
    r0 = 2
    exit
