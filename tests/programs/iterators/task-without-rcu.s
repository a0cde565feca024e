// Tasks can only be walked in an RCU section, which programs that do not sleep are always in.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = r10
    r1 += -24
    r2 = 0
    r3 = 0
    call bpf_iter_task_new
loop:
    r1 = r10
    r1 += -24
    call bpf_iter_task_next
    if r0 == 0 goto out
    r1 = *(u32 *)(r0 + 0)
    goto loop
out:
    r1 = r10
    r1 += -24
    call bpf_iter_task_destroy
    r0 = 0
    exit
