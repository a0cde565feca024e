// Nor by a kfunc.
// norun: kfuncs are not simulated
.section "syscall"
prog:
    call bpf_preempt_disable
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    r4 = 0
    call bpf_copy_from_user_str
    call bpf_preempt_enable
    r0 = 0
    exit
