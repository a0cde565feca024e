// A section entered on one path only.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = *(u32 *)(r1 + 0)
    if r6 == 0 goto +1
    call bpf_rcu_read_lock
    if r6 == 0 goto +1
    call bpf_rcu_read_unlock
    r0 = 0
    exit
