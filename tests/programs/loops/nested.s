// Two loops, one in the other.
    r0 = 0
    r2 = 0
outer:
    r3 = 0
inner:
    r0 += 1
    r3 += 1
    if r3 < 3 goto inner
    r2 += 1
    if r2 < 4 goto outer
    exit
