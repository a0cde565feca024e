// The flags saved last are restored first.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    call bpf_local_irq_save
    r1 = r10
    r1 += -16
    call bpf_local_irq_save
    r1 = r10
    r1 += -8
    call bpf_local_irq_restore
    r1 = r10
    r1 += -16
    call bpf_local_irq_restore
    r0 = 0
    exit
