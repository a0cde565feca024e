// A task is no cgroup.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 1
    call bpf_task_from_pid
    if r0 == 0 goto out
    r1 = r0
    call bpf_cgroup_release
out:
    r0 = 0
    exit
