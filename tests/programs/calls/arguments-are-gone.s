// After a call of a subprogram r1 to r5 are gone too.
.section "xdp"
prog:
    r1 = 1
    call id
    r0 = r1
    exit
id:
    r0 = r1
    exit
