// The flags lie on the stack.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 16
    call bpf_local_irq_save
    r0 = 0
    exit
