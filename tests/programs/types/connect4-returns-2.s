// Yes or no, nothing else.
// norun: the hook is not simulated
.section "cgroup/connect4"
    r0 = 2
    exit
