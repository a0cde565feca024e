// JSET in 32 bits, with a register as the mask.
    r2 = *(u32 *)(r1 + 12)
    w3 = 0x80000000
    if w2 & w3 goto out
    if w2 & 0x7ffffff0 goto out
    r0 = r2
    exit
out:
    r0 = 1
    exit
