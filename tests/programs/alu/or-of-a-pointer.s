// Aligning a stack pointer with &= is refused.
    r2 = r10
    r2 &= -16
    r0 = 0
    exit
