/**
 * Thrown the moment the walk meets what is not modelled; verify.ts turns it into the verdict `unsupported`.
 * It is no error of the program and no verdict.
 */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
  constructor(
    /** What is missing, in words: "kfunc bpf_obj_new", "helper bpf_timer_init#169". */
    readonly what: string,
  ) {
    super(what);
  }
}
