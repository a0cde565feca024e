// An eight-byte key, of which the stack has four bytes left.
.map flows, type=hash, key=8, value=8, max_entries=4
.section "xdp"
    *(u32 *)(r10 - 4) = 0
    r1 = flows ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    r0 = 2
    exit
