// A tracepoint's result may be any number.
// norun: a tracepoint has no test run
.section "tracepoint/sched/sched_switch"
    r0 = -1
    exit
