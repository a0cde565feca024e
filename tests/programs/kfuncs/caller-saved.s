// r1-r5 are gone after a kfunc.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = r1
    call bpf_rcu_read_lock
    call bpf_rcu_read_unlock
    r0 = *(u32 *)(r1 + 0)
    exit
