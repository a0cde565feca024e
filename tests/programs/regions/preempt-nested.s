// Preemption can be disabled twice.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_preempt_disable
    call bpf_preempt_disable
    call bpf_preempt_enable
    call bpf_preempt_enable
    r0 = 0
    exit
