// It was not disabled.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_preempt_enable
    r0 = 0
    exit
