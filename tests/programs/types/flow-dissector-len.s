// The length is not shown.
// norun: the hook is not simulated
.section "flow_dissector"
    r2 = *(u32 *)(r1 + 0)
    r0 = 0
    exit
