// Load-acquire and store-release.
    r1 = 21
    store_release((u64 *)(r10 - 8), r1)
    r0 = load_acquire((u64 *)(r10 - 8))
    r0 += r1
    exit
