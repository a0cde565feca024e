// Of a static function's result all is known.
.section "xdp"
prog:
    call four
    r1 = r10
    r1 += r0
    *(u8 *)(r1 - 8) = 1
    r0 = 3
    exit
four:
    r0 = -4
    exit
