// Dividing by a register that holds zero gives zero, and a remainder leaves the dividend.
    r2 = 0
    r0 = 10
    r0 /= r2
    r3 = 7
    r3 %= r2
    r0 += r3
    exit
