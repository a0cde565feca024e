// An unsigned range across 2^63 has no signed bounds; the comparison sorts it out.
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = *(u64 *)(r0 + 0)
    if r6 s> -10 goto out
    r7 = 0x8000000000000010 ll
    if r6 > r7 goto out
    r6 <<= 1
    r0 = 3
    exit
out:
    r0 = 2
    exit
