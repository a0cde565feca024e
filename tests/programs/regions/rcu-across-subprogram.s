// A subprogram leaves the section of its caller.
// norun: kfuncs are not simulated
.section ".text"
leave_rcu:
    call bpf_rcu_read_unlock
    r0 = 0
    exit

.section "tc"
prog:
    call bpf_rcu_read_lock
    call leave_rcu
    r0 = 0
    exit
