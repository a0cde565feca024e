// An iterator lies on the stack.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 0x1000
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
    r0 = 0
    exit
