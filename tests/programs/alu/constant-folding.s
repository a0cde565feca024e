// Arithmetic on constants stays known to the verifier, down to the value that it returns.
    r0 = 7
    r0 *= 6
    r0 |= 64
    r0 ^= 3
    r0 -= 100
    r0 &= 255
    exit
