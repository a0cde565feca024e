// The last instruction is neither exit nor jump.
    r0 = 0
