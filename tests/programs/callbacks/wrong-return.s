// A callback of bpf_loop() must return 0 or 1.
.section ".text"
bad:
    r0 = 2
    exit

.section "xdp"
prog:
    r1 = 3
    r2 = bad ll
    r3 = 0
    r4 = 0
    call bpf_loop
    r0 = 2
    exit
