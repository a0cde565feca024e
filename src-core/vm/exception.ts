/** bpf_throw(): leaves all frames of the program. Not an Error: nobody looks at its stack, and programs throw often. */
export class Thrown {
  constructor(
    readonly lo: number,
    readonly hi: number,
  ) {}
}
