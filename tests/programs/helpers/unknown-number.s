// There is no helper 9999.
    call 9999
    r0 = 0
    exit
