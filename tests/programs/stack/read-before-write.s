// A slot that nothing was stored in: root may read it, as a number of which nothing is known.
    r0 = *(u64 *)(r10 - 8)
    w0 = 2
    exit
