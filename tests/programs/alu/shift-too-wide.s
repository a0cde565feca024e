// A shift by 64 of a 64-bit register is refused when the amount is a constant.
    r0 = 1
    r0 <<= 64
    exit
