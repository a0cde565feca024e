// A pointer that may be NULL is no task.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    r1 = r0
    call bpf_task_release
    r0 = 0
    exit
