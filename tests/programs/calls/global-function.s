// A global function is verified by itself: its arguments may be any number.
.globl twice
.args twice, 1
.section "xdp"
prog:
    r1 = 21
    call twice
    exit
twice:
    r0 = r1
    r0 += r1
    exit
