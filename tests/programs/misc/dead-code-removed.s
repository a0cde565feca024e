// A branch that is never taken: its code does not reach the machine.
    r0 = 2
    if r0 == 2 goto done
    r0 = 9
done:
    exit
