// ... as here.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r0 = 0
    if r0 == 0 goto out
    call kernel-function#0
out:
    r0 = 0
    exit
