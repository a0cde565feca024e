// Recursion is refused.
.section "xdp"
prog:
    r1 = 3
    call down
    exit
down:
    r0 = 0
    if r1 == 0 goto done
    r1 -= 1
    call down
done:
    exit
