// Metadata in front of the packet.
    r6 = r1
    r2 = -4
    call bpf_xdp_adjust_meta
    if r0 != 0 goto out
    r2 = *(u32 *)(r6 + 8)
    r3 = *(u32 *)(r6 + 0)
    r4 = r2
    r4 += 4
    if r4 > r3 goto out
    *(u32 *)(r2 + 0) = 0x1234
    r0 = *(u32 *)(r2 + 0)
    exit
out:
    r0 = 1
    exit
