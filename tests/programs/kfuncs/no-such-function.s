// A call of a type that is no function.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call kernel-function#1
    r0 = 0
    exit
