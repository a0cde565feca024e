// They have 56 bytes.
// norun: the hook is not simulated
.section "flow_dissector"
    r2 = *(u64 *)(r1 + 144)
    r0 = *(u32 *)(r2 + 56)
    r0 = 0
    exit
