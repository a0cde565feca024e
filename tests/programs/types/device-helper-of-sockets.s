// Programs about devices know no sockets.
// norun: the hook is not simulated
.section "cgroup/dev"
    call bpf_get_socket_cookie
    r0 = 1
    exit
