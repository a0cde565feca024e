// No such type.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r1 = 0
    r2 = 0x7ffffff
    call bpf_rdonly_cast
    r0 = 0
    exit
