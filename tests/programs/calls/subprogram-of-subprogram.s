// Three levels; r6 of each frame is its own.
.section "xdp"
prog:
    r6 = 1
    r1 = 5
    call one
    r0 += r6
    exit
one:
    r6 = r1
    call two
    r0 += r6
    exit
two:
    r6 = 100
    r0 = r6
    exit
