// A jump into the second half of a 16-byte instruction.
    r0 = 0
    if r0 == 0 goto +1
    r1 = 0x1122334455667788 ll
    exit
