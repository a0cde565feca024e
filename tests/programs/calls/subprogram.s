// A static subprogram: arguments in r1 to r5, result in r0.
.section "xdp"
prog:
    r1 = 30
    r2 = 12
    call add
    exit
add:
    r0 = r1
    r0 += r2
    exit
