// A NULL pointer with a size that is not zero.
    r1 = 0
    r2 = 4
    r3 = 0
    r4 = 0
    r5 = 0
    call bpf_csum_diff
    r0 = 2
    exit
