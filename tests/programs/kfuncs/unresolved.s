// A call that names no function is no use unless it is dead code.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call kernel-function#0
    r0 = 0
    exit
