// Hooks with an errno can see and set it.
// norun: the hook is not simulated
.section "cgroup/sock_create"
    call bpf_get_retval
    r1 = r0
    call bpf_set_retval
    r0 = 1
    exit
