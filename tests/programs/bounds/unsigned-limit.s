// An index checked with an unsigned comparison.
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1
    if r4 > r3 goto out
    r6 = *(u8 *)(r2 + 0)
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    if r6 > 63 goto out
    r0 += r6
    *(u8 *)(r0 + 0) = 9
out:
    r0 = 2
    exit
