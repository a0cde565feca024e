// Packet pointers are read with 32 bits.
    r0 = *(u64 *)(r1 + 0)
    r0 = 0
    exit
