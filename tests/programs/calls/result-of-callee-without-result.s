// What a callee without a result leaves in r0 cannot be read.
.section "xdp"
prog:
    r1 = 1
    call nothing
    exit
nothing:
    r2 = 2
    exit
