/**
 * Where in the input a fault lies. `offset` counts bytes from the start of the file; `line` and `column`
 * count from 1 and `length` is in UTF-16 units; `section` is an ELF section name.
 */
export interface InputLocation {
  readonly offset?: number;
  readonly section?: string;
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

/** Bad input (ELF, BTF, assembly, link): says what is wrong, where, and what to do. Never a verdict. */
export class InputError extends Error {
  override readonly name = 'InputError';
  constructor(
    message: string,
    readonly location: InputLocation = {},
    /** What the person can do about it, one sentence, or null. */
    readonly hint: string | null = null,
  ) {
    super(message);
  }
}
