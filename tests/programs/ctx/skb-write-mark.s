// tc may write mark, priority, tc_index and cb.
.section "tc"
    r2 = 7
    *(u32 *)(r1 + 8) = r2
    *(u32 *)(r1 + 32) = r2
    *(u32 *)(r1 + 44) = r2
    *(u32 *)(r1 + 48) = r2
    *(u32 *)(r1 + 64) = r2
    r0 = *(u32 *)(r1 + 8)
    r3 = *(u32 *)(r1 + 64)
    r0 += r3
    exit
