// s>>= keeps the sign; in 32 bits the upper half becomes zero.
    r0 = -256
    r0 s>>= 4
    w2 = -256
    w2 s>>= 4
    r0 += r2
    r0 >>= 4
    w0 = w0
    exit
