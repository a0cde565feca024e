// A released pointer points to the beginning.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    if r0 == 0 goto out
    r1 = r0
    r1 += 8
    call bpf_task_release
out:
    r0 = 0
    exit
