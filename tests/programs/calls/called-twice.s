// A function called with different arguments is walked for each.
.section "xdp"
prog:
    r1 = 3
    call square
    r6 = r0
    r1 = 4
    call square
    r0 += r6
    exit
square:
    r0 = r1
    r0 *= r1
    exit
