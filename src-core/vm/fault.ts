import { helperName } from '../platform/helper-names.ts';

/** A run that cannot go on: a bad address in an unverified program, no fuel left, an unmodelled helper. */
export class VmFault extends Error {
  override readonly name = 'VmFault';
  constructor(
    readonly reason: 'memory' | 'fuel' | 'instruction' | 'helper' | 'stack',
    message: string,
    /** Slot of the instruction in the program as it was loaded, when it is known. */
    readonly insn: number | null = null,
  ) {
    super(message);
  }

  /** The same fault with its place, also in the message. */
  at(insn: number): VmFault {
    return new VmFault(this.reason, `${this.message}, at instruction ${insn}`, insn);
  }
}

/** What every engine says of the same fault. */
export const FAULTS = {
  fuel: () => new VmFault('fuel', 'stopped: the program ran for too long'),
  stack: () => new VmFault('stack', 'too many call frames'),
  nesting: () => new VmFault('stack', 'too many programs run inside each other'),
  instruction: () => new VmFault('instruction', 'not an instruction that can run'),
  /** "helper bpf_timer_init#169 is not simulated yet" */
  helper: (id: number) => new VmFault('helper', `helper ${helperName(id) ?? ''}#${id} is not simulated yet`),
  kfunc: (name: string) => new VmFault('helper', `kernel function ${name} is not simulated yet`),
} as const;
