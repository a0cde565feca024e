// A 32-bit shift takes amounts below 32 only.
    w0 = 1
    w0 >>= 32
    exit
