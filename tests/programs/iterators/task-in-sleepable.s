// A program that may sleep must enter an RCU section first.
// norun: kfuncs are not simulated
.section "syscall"
prog:
    r1 = r10
    r1 += -24
    r2 = 0
    r3 = 0
    call bpf_iter_task_new
    r1 = r10
    r1 += -24
    call bpf_iter_task_destroy
    r0 = 0
    exit
