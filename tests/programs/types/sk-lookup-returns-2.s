// Pass or drop.
// norun: the hook is not simulated
.section "sk_lookup"
    r0 = 2
    exit
