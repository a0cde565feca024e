// A frozen constant is known to the verifier: the other branch is dead.
.section "xdp"
    r1 = limit ll
    r2 = *(u32 *)(r1 + 0)
    if r2 == 5 goto five
    r0 = *(u64 *)(r2 + 0)
    exit
five:
    r0 = 2
    exit
.section ".rodata"
limit:
    .long 5
