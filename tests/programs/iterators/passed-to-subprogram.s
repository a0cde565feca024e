// A subprogram steps its caller's iterator.
// norun: kfuncs are not simulated
.section ".text"
step:
    call bpf_iter_num_next
    if r0 == 0 goto +2
    r0 = 1
    exit
    r0 = 0
    exit

.section "tc"
prog:
    r1 = r10
    r1 += -8
    r2 = 0
    r3 = 5
    call bpf_iter_num_new
loop:
    r1 = r10
    r1 += -8
    call step
    if r0 != 0 goto loop
    r1 = r10
    r1 += -8
    call bpf_iter_num_destroy
    r0 = 0
    exit
