// A loop whose end the verifier finds by walking it.
    r0 = 0
    r2 = 0
again:
    r0 += r2
    r2 += 1
    if r2 < 10 goto again
    exit
