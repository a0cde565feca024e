// may_goto: the kernel counts for the program.
    r0 = 0
again:
    may_goto out
    r0 += 1
    if r0 < 100 goto again
out:
    exit
