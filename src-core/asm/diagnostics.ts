/** One fault of an assembly text. Lines and columns count from 1, `length` in UTF-16 units (at least 1). */
export interface AsmDiagnostic {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly message: string;
  /** What may stand there, in words or as an example; null when the message says it all. */
  readonly expected: string | null;
  /** The nearest valid spelling of the word in question, or null. */
  readonly suggestion: string | null;
}

/** A range in the text. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** Ends the statement that is being parsed; caught by the assembler, never seen outside. */
export class AsmFault extends Error {
  constructor(
    message: string,
    readonly place: Place,
    readonly expected: string | null = null,
    readonly suggestion: string | null = null,
  ) {
    super(message);
  }

  toDiagnostic(): AsmDiagnostic {
    const { line, column, length } = this.place;
    const { message, expected, suggestion } = this;
    return { line, column, length: Math.max(1, length), message, expected, suggestion };
  }
}

/** More faults than this are not collected: the text is no assembly. */
export const MAX_DIAGNOSTICS = 100;
