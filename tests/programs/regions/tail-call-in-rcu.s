// No tail call inside an RCU section.
// norun: kfuncs are not simulated
.map progs, type=prog_array, key=4, value=4, max_entries=1
.section "tc"
prog:
    r6 = r1
    call bpf_rcu_read_lock
    r1 = r6
    r2 = progs ll
    r3 = 0
    call bpf_tail_call
    call bpf_rcu_read_unlock
    r0 = 0
    exit
