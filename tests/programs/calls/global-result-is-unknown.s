// Of a global function's result nothing is known: it cannot be an offset.
.globl four
.args four, 0
.section "xdp"
prog:
    call four
    r1 = r10
    r1 += r0
    *(u8 *)(r1 - 8) = 1
    r0 = 0
    exit
four:
    r0 = 4
    exit
