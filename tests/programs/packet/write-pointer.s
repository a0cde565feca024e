// A packet may take a pointer from root: nothing is leaked that root may not see.
// norun: the address goes to the packet
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    *(u64 *)(r2 + 0) = r10
    r0 = 3
    exit
out:
    r0 = 2
    exit
