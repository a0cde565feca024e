// A map is reached through helpers; writing to its struct is refused.
.map flows, type=hash, key=4, value=8, max_entries=4
.section "xdp"
    r1 = flows ll
    *(u64 *)(r1 + 0) = 0
    r0 = 2
    exit
