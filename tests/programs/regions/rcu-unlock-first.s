// There is no section to leave.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_rcu_read_unlock
    r0 = 0
    exit
