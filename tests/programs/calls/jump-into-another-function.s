// Jumps stay within their function.
.section "xdp"
prog:
    call other
    goto +1
    exit
other:
    r0 = 0
    exit
