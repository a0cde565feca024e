// A signed range with both ends is enough.
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = *(u64 *)(r0 + 0)
    if r6 s> 63 goto out
    if r6 s< 0 goto out
    r0 += r6
    *(u8 *)(r0 + 0) = 9
out:
    r0 = 2
    exit
