// r11 does not exist for programs.
.insn 0xb7, 11, 0, 0, 0
    r0 = 0
    exit
