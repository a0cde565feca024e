// r1 is not readable after a call.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    call bpf_task_release
    r0 = 0
    exit
