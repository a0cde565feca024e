// A jump in front of the first instruction.
    r0 = 0
    goto -5
    exit
