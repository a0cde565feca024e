// A global function that says it takes numbers cannot be given its caller's stack.
.globl store
.args store, 1
.section "xdp"
prog:
    *(u64 *)(r10 - 8) = 0
    r1 = r10
    r1 += -8
    call store
    r0 = 0
    exit
store:
    *(u64 *)(r1 + 0) = 1
    r0 = 0
    exit
