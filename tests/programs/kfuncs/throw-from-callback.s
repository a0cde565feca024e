// A callback may not: nothing can unwind the helper.
// norun: kfuncs are not simulated
.section ".text"
thrower:
    r1 = 0
    call bpf_throw
    r0 = 0
    exit

.section "tc"
prog:
    r1 = 3
    r2 = thrower ll
    r3 = 0
    r4 = 0
    call bpf_loop
    r0 = 0
    exit
