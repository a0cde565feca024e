// A pointer may be compared with zero, and root may compare it with others.
    if r1 == 0 goto out
    if r1 == r10 goto out
    r0 = 2
    exit
out:
    r0 = 1
    exit
