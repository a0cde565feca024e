// A store over the flags.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -8
    call bpf_local_irq_save
    *(u64 *)(r10 - 8) = 0
    r1 = r10
    r1 += -8
    call bpf_local_irq_restore
    r0 = 0
    exit
