// data_end takes no arithmetic.
    r3 = *(u32 *)(r1 + 4)
    r3 -= 1
    r0 = 2
    exit
