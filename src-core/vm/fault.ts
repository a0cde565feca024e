/** A run that cannot go on: a bad address in an unverified program, no fuel left, an unmodelled helper. */
export class VmFault extends Error {
  override readonly name = 'VmFault';
  constructor(
    readonly reason: 'memory' | 'fuel' | 'instruction' | 'helper' | 'stack',
    message: string,
    /** Slot of the instruction, when it is known. */
    readonly insn: number | null = null,
  ) {
    super(message);
  }
}
