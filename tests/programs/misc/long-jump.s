// gotol has a 32-bit offset.
    r0 = 0
    gotol over
back:
    r0 += 1
    exit
over:
    r0 = 41
    gotol back
