// RCU sections do not nest.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_rcu_read_lock
    call bpf_rcu_read_lock
    call bpf_rcu_read_unlock
    call bpf_rcu_read_unlock
    r0 = 0
    exit
