// References must be given back before it.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    if r0 == 0 goto out
    r1 = 0
    call bpf_throw
out:
    r0 = 0
    exit
