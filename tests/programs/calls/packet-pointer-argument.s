// A checked packet pointer keeps its range in the callee.
.section "xdp"
prog:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    r1 = r2
    call kind
    exit
out:
    r0 = 1
    exit
kind:
    r0 = *(u8 *)(r1 + 12)
    exit
