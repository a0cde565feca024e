// Hooks without an errno cannot.
// norun: the hook is not simulated
.section "cgroup/recvmsg4"
    call bpf_get_retval
    r0 = 1
    exit
