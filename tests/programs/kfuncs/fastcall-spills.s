// Spills round a bpf_fastcall kfunc.
// norun: kfuncs are not simulated
.section "tc"
prog:
    r6 = r1
    *(u64 *)(r10 - 8) = r6
    call bpf_cast_to_kern_ctx
    r6 = *(u64 *)(r10 - 8)
    r0 = 0
    exit
