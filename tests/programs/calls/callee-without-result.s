// A callee that does not set r0 may be called, as long as nobody reads r0.
.section "xdp"
prog:
    r1 = 1
    call nothing
    r0 = 2
    exit
nothing:
    r2 = 2
    exit
