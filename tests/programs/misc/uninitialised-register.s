// r3 was never set.
    r0 = r3
    exit
