// A kfunc of another program type.
// norun: kfuncs are not simulated
.section "sk_lookup"
prog:
    r1 = 1
    call bpf_task_from_pid
    r0 = 0
    exit
