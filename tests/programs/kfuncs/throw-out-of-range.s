// The cookie becomes the return value.
// norun: kfuncs are not simulated
.section "cgroup_skb/ingress"
prog:
    r1 = 5
    call bpf_throw
    r0 = 1
    exit
