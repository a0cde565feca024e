/** The seven families of refusals (after upstream's diagnostics). */
export type Category =
  | 'register type'
  | 'memory'
  | 'resource lifetime'
  | 'call type'
  | 'execution context'
  | 'program structure'
  | 'policy';

/** A refusal in a person's words. `advice` is general: it was not tried on this program. */
export interface Advice {
  /** Stable id, to search for and to link to. */
  readonly id: string;
  readonly category: Category;
  /** What the verifier could not prove, one sentence. */
  readonly sentence: string;
  readonly advice: string;
}

interface Rule extends Advice {
  /** Matches the message of the reject event: the kernel's own words. */
  readonly message: RegExp;
}

/** Most particular first; the messages are those of kernel/bpf/verifier.c, Linux 6.18. */
const RULES: readonly Rule[] = [
  {
    id: 'XL-PKT-1',
    category: 'memory',
    message: /offset is outside of the packet|^invalid access to packet/,
    sentence: 'The program reads packet bytes that it has not shown to be there.',
    advice:
      'Compare the address one past the last byte with ctx->data_end, and read only on the branch where it is not greater.',
  },
  {
    id: 'XL-NULL-1',
    category: 'register type',
    message: /invalid mem access '\w+_or_null'/,
    sentence: 'The program uses a pointer that may be NULL.',
    advice: 'Compare it with 0 first, and use it only on the branch where it is not 0.',
  },
  {
    id: 'XL-TYPE-1',
    category: 'register type',
    message: /invalid mem access 'scalar'/,
    sentence: 'The program uses a plain number as an address.',
    advice:
      'Look where the register was last set: a 32-bit move, a multiplication or a store and load of part of it turns a pointer into a number.',
  },
  {
    id: 'XL-INIT-1',
    category: 'register type',
    message: /!read_ok/,
    sentence: 'The program reads a register that was not set on this path.',
    advice: 'Set it on every path. After a call, r1 to r5 are gone and only r0 and r6 to r9 hold values.',
  },
  {
    id: 'XL-STACK-1',
    category: 'memory',
    message: /^invalid (indirect )?read from stack|invalid (variable-offset )?indirect access to stack/,
    sentence: 'The program reads stack bytes that were not written on this path.',
    advice: 'Write all bytes of the buffer first; padding inside a structure counts.',
  },
  {
    id: 'XL-STACK-2',
    category: 'memory',
    message: /^invalid (variable-offset )?write to stack|combined stack size|stack of .* is too large/,
    sentence: 'The program goes past its 512 bytes of stack.',
    advice: 'Keep large buffers in a per-CPU array map, or shorten the chain of calls.',
  },
  {
    id: 'XL-BOUNDS-1',
    category: 'memory',
    message:
      /unbounded memory access|min value is (negative|outside)|max value is outside|^invalid access to (map value|memory|map key)|math between .* pointer and register/,
    sentence: 'An index or length is not shown to stay inside the memory it is used on.',
    advice:
      'Limit it on both sides before use: compare it with the size, or mask it, and keep the same register.',
  },
  {
    id: 'XL-CTX-1',
    category: 'memory',
    message: /^invalid bpf_context access|dereference of modified ctx/,
    sentence: 'This field of the context cannot be read or written this way.',
    advice:
      'Use the offset and size that the context structure of this program type has; some fields are read-only.',
  },
  {
    id: 'XL-PTR-1',
    category: 'register type',
    message:
      /pointer (arithmetic|operation|comparison)|R\d+ \w+ pointer arithmetic|frame pointer is read only|partial copy of pointer/,
    sentence: 'This arithmetic is not allowed on a pointer.',
    advice: 'Only additions and subtractions of numbers are, and on some pointers not even those.',
  },
  {
    id: 'XL-LOOP-1',
    category: 'program structure',
    message: /infinite loop detected|back-edge from insn/,
    sentence: 'A loop comes back to a state that it was in before: it is not shown to end.',
    advice: 'Count a register towards a constant limit, or use may_goto.',
  },
  {
    id: 'XL-LIMIT-1',
    category: 'policy',
    message: /BPF program is too large|too complex|sequence of .* jumps is too complex/,
    sentence: 'The verifier gave up: there are too many paths to walk.',
    advice: 'Shorten loops, move their bodies to a function, or make branches that do not matter meet again.',
  },
  {
    id: 'XL-CFG-1',
    category: 'program structure',
    message:
      /^unreachable insn|jump out of range|jump into the middle|last insn is not an exit|invalid BPF_LD_IMM insn|call to invalid destination/,
    sentence: 'The program is not laid out as the verifier wants it.',
    advice:
      'Every instruction must be reachable, every jump must stay in its function, and every path must end in exit.',
  },
  {
    id: 'XL-RET-1',
    category: 'execution context',
    message: /At program exit the register R0/,
    sentence: 'The program may end with a return value that this hook does not know.',
    advice: 'Set r0 to a constant of the allowed range on every path.',
  },
  {
    id: 'XL-GPL-1',
    category: 'policy',
    message: /cannot call GPL-restricted function/,
    sentence: 'This helper is only for programs under the GPL.',
    advice: 'Declare a GPL-compatible licence, or do without the helper.',
  },
  {
    id: 'XL-HELP-1',
    category: 'call type',
    message: /cannot use helper|^invalid func|unknown func/,
    sentence: 'Programs of this type cannot call this helper.',
    advice: 'Look up which program types have it, or choose another hook.',
  },
  {
    id: 'XL-ARG-1',
    category: 'call type',
    message:
      /type=\w+ expected=|cannot pass map_type|R\d+ must be|unsupported reg type|invalid zero-sized read/,
    sentence: 'An argument of the call is not of the kind that the function wants.',
    advice:
      "Compare the register with the function's prototype: a map, a pointer to initialised memory, or a size.",
  },
  {
    id: 'XL-REF-1',
    category: 'resource lifetime',
    message: /Unreleased reference|reference has not been acquired|release/,
    sentence: 'Something that the program acquired is not given back on this path.',
    advice: 'Release it on every path before exit, and do not use it afterwards.',
  },
  {
    id: 'XL-ALIGN-1',
    category: 'memory',
    message: /^misaligned/,
    sentence: 'The access is not aligned to its size.',
    advice: 'Access at a multiple of the size, or byte by byte.',
  },
  {
    id: 'XL-OP-1',
    category: 'program structure',
    message: /uses reserved fields|unknown opcode|invalid (BPF_|shift)|div by zero|R\d+ is invalid/,
    sentence: 'The instruction is not valid as it stands.',
    advice: 'Compare its operands with the instruction set (RFC 9669).',
  },
];

/** What a refusal means, by the kernel's message; null for one that has no entry yet. */
export function adviceFor(message: string): Advice | null {
  const rule = RULES.find((r) => r.message.test(message));
  if (rule === undefined) return null;
  const { id, category, sentence, advice } = rule;
  return { id, category, sentence, advice };
}
