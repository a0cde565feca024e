// No sleeping in an RCU section.
// norun: kfuncs are not simulated
.section "syscall"
prog:
    call bpf_rcu_read_lock
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = 0
    call bpf_copy_from_user
    call bpf_rcu_read_unlock
    r0 = 0
    exit
