// Walking to the end of the packet without a counter: a pointer is never equal to the end, to the verifier.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r0 = 0
again:
    if r2 == r3 goto out
    r2 += 1
    goto again
out:
    exit
