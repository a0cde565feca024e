// 0xff is no instruction.
    r0 = 0
.insn 0xff, 0, 0, 0, 0
    exit
