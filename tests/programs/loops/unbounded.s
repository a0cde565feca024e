// A loop without an end: the exit is out of reach.
    r0 = 0
again:
    goto again
    exit
