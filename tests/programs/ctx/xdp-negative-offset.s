// Nothing is below the context.
    r0 = *(u32 *)(r1 - 4)
    exit
