// A loop that counts down.
    r0 = 0
    r2 = 16
again:
    r0 += r2
    r2 -= 1
    if r2 != 0 goto again
    exit
