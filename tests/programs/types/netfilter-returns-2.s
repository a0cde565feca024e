// Accept or drop.
// norun: the hook is not simulated
.section "netfilter"
    r0 = 2
    exit
