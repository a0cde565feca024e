// r0 was never set.
    exit
