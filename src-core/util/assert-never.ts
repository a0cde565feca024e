/** Closes an exhaustive switch: a member of the union that no case handles is a compile error. */
export function assertNever(value: never): never {
  throw new InternalError(`unhandled variant: ${JSON.stringify(value)}`);
}

/** A fault of this project, never of the input. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}
