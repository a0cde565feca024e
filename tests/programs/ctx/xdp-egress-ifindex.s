// egress_ifindex is for programs in a devmap.
    r0 = *(u32 *)(r1 + 20)
    exit
