// The condition never holds: the same state comes around.
    r0 = 1
again:
    if r0 == 2 goto out
    goto again
out:
    exit
