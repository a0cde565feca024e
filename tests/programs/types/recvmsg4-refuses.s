// A hook behind the event cannot refuse it.
// norun: the hook is not simulated
.section "cgroup/recvmsg4"
    r0 = 0
    exit
