// The counter is forgotten: an infinite loop is found.
    r6 = 0
again:
    r6 = 1
    if r6 < 10 goto again
    r0 = 0
    exit
