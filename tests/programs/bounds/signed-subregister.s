// Signed 32-bit comparisons, then sign extension.
.map table, type=array, key=4, value=64, max_entries=1
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = table ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r6 = *(s32 *)(r0 + 4)
    if w6 s< 1 goto out
    if w6 s>= 32 goto out
    r0 += r6
    *(u8 *)(r0 + 0) = 1
out:
    r0 = 2
    exit
