// One VLAN tag or none: both paths meet at the network header.
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto out
    w5 = *(u16 *)(r2 + 12)
    if w5 != 0x81 goto plain
    r4 += 4
    if r4 > r3 goto out
    w5 = *(u16 *)(r2 + 16)
plain:
    if w5 != 8 goto out
    r6 = r4
    r6 += 20
    if r6 > r3 goto out
    r0 = *(u8 *)(r4 + 9)
    exit
out:
    r0 = 255
    exit
