// Binding is for connecting sockets.
// norun: the hook is not simulated
.section "cgroup/sendmsg_unix"
    r2 = r10
    r2 += -16
    r3 = 16
    call bpf_bind
    r0 = 1
    exit
