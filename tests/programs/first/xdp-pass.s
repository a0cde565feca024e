// The smallest program.
.section "xdp"
prog:
    r0 = 2
    exit
