// The third key does not fit.
.map small, type=hash, key=4, value=4, max_entries=2
.section "xdp"
    r6 = 0
    r7 = 0
again:
    *(u32 *)(r10 - 4) = w6
    *(u32 *)(r10 - 8) = w6
    r1 = small ll
    r2 = r10
    r2 += -4
    r3 = r10
    r3 += -8
    r4 = 0
    call bpf_map_update_elem
    r7 += r0
    r6 += 1
    if r6 < 3 goto again
    r0 = r7
    w0 = w0
    exit
