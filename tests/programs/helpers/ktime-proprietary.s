// Helpers that are not marked GPL-only are open to any licence.
// norun: the CPU's number comes back
.license "Proprietary"
.section "xdp"
    call bpf_get_smp_processor_id
    exit
