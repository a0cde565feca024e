// An instruction whose unused field is not zero.
.insn 0xb7, 0, 1, 0, 2
    exit
