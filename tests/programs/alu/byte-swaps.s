// Byte order: be and bswap swap on x86, le cuts off.
    r2 = 0x1122334455667788 ll
    r3 = r2
    r3 = be16 r3
    r4 = r2
    r4 = le32 r4
    r5 = r2
    r5 = bswap64 r5
    r6 = r2
    r6 = bswap32 r6
    r0 = r3
    r0 ^= r4
    r0 ^= r5
    r0 ^= r6
    w0 = w0
    exit
