// s/ and s% round towards zero, in both widths.
    r0 = -7
    r2 = 2
    r0 s/= r2
    r3 = -7
    r3 s%= r2
    r0 *= r3
    w4 = -9
    w4 s/= 4
    r0 += r4
    w0 = w0
    exit
