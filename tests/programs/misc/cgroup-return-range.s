// A cgroup's ingress filter returns 0 or 1.
.section "cgroup_skb/ingress"
    r0 = 2
    exit
