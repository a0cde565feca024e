// Dividing by the constant zero is refused.
    r0 = 10
    r0 /= 0
    exit
