// A pointer where a number is wanted.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    call bpf_task_from_pid
    r0 = 0
    exit
