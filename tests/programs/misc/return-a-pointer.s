// Root may return a pointer from XDP, of which 32 bits are left.
// norun: the address comes back
    r0 = r10
    exit
