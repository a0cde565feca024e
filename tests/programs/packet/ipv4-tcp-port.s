// Ethernet, IPv4 with options, TCP: the header length from the packet moves the pointer.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 34
    if r4 > r3 goto out
    w5 = *(u16 *)(r2 + 12)
    if w5 != 8 goto out
    w5 = *(u8 *)(r2 + 23)
    if w5 != 6 goto out
    r6 = *(u8 *)(r2 + 14)
    r6 &= 15
    r6 <<= 2
    r7 = r2
    r7 += 14
    r7 += r6
    r8 = r7
    r8 += 20
    if r8 > r3 goto out
    w0 = *(u16 *)(r7 + 2)
    w0 = be16 w0
    exit
out:
    r0 = 2
    exit
