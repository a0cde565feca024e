// Half of a packet pointer is no pointer.
    r0 = *(u16 *)(r1 + 0)
    exit
