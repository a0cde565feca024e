// A byte written over a spilled pointer makes it a number, which cannot be dereferenced.
    *(u64 *)(r10 - 8) = r1
    *(u8 *)(r10 - 8) = 1
    r2 = *(u64 *)(r10 - 8)
    r0 = *(u32 *)(r2 + 0)
    exit
