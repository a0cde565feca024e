// Nor by a kfunc.
// norun: kfuncs are not simulated
.section "syscall"
prog:
    r1 = r10
    r1 += -8
    call bpf_local_irq_save
    r1 = r10
    r1 += -16
    r2 = 8
    r3 = 0
    r4 = 0
    call bpf_copy_from_user_str
    r1 = r10
    r1 += -8
    call bpf_local_irq_restore
    r0 = 0
    exit
