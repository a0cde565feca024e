// The place is taken.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    call bpf_local_irq_save
    r1 = r10
    r1 += -8
    call bpf_local_irq_save
    r0 = 0
    exit
