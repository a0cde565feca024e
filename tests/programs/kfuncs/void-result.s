// A kfunc that returns nothing leaves nothing in r0.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_rcu_read_lock
    call bpf_rcu_read_unlock
    exit
