// An RCU section in a program that may sleep.
// norun: kfuncs are not simulated
.section "syscall"
prog:
    call bpf_rcu_read_lock
    call bpf_rcu_read_unlock
    r0 = 0
    exit
