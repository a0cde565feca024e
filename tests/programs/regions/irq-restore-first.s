// There are no flags there.
// norun: kfuncs are not simulated
.section "tc"
prog:
    *(u64 *)(r10 - 8) = 0
    r1 = r10
    r1 += -8
    call bpf_local_irq_restore
    r0 = 0
    exit
