// INT_MIN s/ -1 does not trap: it gives INT_MIN, and the remainder is 0.
    w2 = 0x80000000
    w2 s/= -1
    w3 = 0x80000000
    w3 s%= -1
    r0 = r2
    r0 += r3
    exit
