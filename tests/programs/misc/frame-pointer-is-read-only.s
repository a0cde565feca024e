// r10 cannot be written.
    r10 = 0
    r0 = 0
    exit
