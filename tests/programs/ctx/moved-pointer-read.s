// A load through a moved context pointer is refused in tc: offsets are rewritten, so the pointer must be whole.
.section "tc"
    r1 += 8
    r0 = *(u32 *)(r1 + 8)
    r0 = be16 r0
    exit
