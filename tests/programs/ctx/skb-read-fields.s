// Fields of struct __sk_buff in tc.
.section "tc"
    r0 = *(u32 *)(r1 + 0)
    r2 = *(u32 *)(r1 + 4)
    r3 = *(u32 *)(r1 + 16)
    r4 = *(u32 *)(r1 + 20)
    r5 = *(u32 *)(r1 + 32)
    r0 += r2
    r0 += r3
    r0 += r4
    r0 += r5
    exit
