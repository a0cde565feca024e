// A released task is a number.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    if r0 == 0 goto out
    r6 = r0
    r1 = r0
    call bpf_task_release
    r1 = *(u32 *)(r6 + 0)
out:
    r0 = 0
    exit
