// ... and sections left.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_rcu_read_lock
    r1 = 0
    call bpf_throw
    r0 = 0
    exit
