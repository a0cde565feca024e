// 32-bit arithmetic on a pointer is refused.
    w1 += 4
    r0 = 0
    exit
