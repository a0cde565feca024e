// The smallest program: every frame passes.
.section "xdp"
prog:
    r0 = 2
    exit
