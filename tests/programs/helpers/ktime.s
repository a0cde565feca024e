// Nanoseconds since boot.
// norun: the clock's value comes back
    call bpf_ktime_get_ns
    w0 = w0
    exit
