// Its result goes into the flow keys.
// norun: the hook is not simulated
.section "flow_dissector"
    r2 = *(u64 *)(r1 + 144)
    r3 = 14
    *(u16 *)(r2 + 0) = r3
    r0 = *(u32 *)(r2 + 52)
    r0 = 0
    exit
