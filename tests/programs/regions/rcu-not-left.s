// The program ends inside an RCU section.
// norun: kfuncs are not simulated
.section "tc"
prog:
    call bpf_rcu_read_lock
    r0 = 0
    exit
