// A key may lie in the packet, once it is checked.
.map flows, type=hash, key=4, value=4, max_entries=4
.section "xdp"
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 4
    if r4 > r3 goto out
    r1 = flows ll
    r3 = r2
    r4 = 0
    call bpf_map_update_elem
out:
    r0 = 2
    exit
