// struct xdp_md has 24 bytes.
    r0 = *(u32 *)(r1 + 24)
    exit
