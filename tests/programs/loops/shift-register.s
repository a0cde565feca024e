// A loop that ends when a shifted word is empty.
    r0 = 0
    r2 = 0x8001
again:
    r3 = r2
    r3 &= 1
    r0 += r3
    r2 >>= 1
    if r2 != 0 goto again
    exit
