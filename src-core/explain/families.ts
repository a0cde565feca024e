import type { Reason } from '../verifier/events.ts';

/** The seven kinds of refusals (after upstream's diagnostics). */
export type Category =
  | 'register type'
  | 'memory'
  | 'resource lifetime'
  | 'call type'
  | 'execution context'
  | 'program structure'
  | 'policy';

/** Where the mistake is, seen from the instruction that was refused. */
export type RootRule =
  /** The refused instruction itself. */
  | 'here'
  /** Where the blamed register got its value. */
  | 'origin'
  /** Where the reference was acquired: the last number of the message. */
  | 'acquired';

/** A family of refusals: one thing to understand, whatever the wording. */
export interface Family {
  /** Stable, to search for and to link to. */
  readonly id: string;
  readonly category: Category;
  /** What the verifier could not prove, one sentence. */
  readonly sentence: string;
  /** General: it was not tried on this program. */
  readonly advice: string;
  readonly root: RootRule;
}

interface Rule extends Family {
  /** Of the kernel's format string, which names the reason; never of the log. */
  readonly format: RegExp;
}

/** Most particular first; the formats are those of Linux 6.18. */
const RULES: readonly Rule[] = [
  {
    id: 'XL-BUG-1',
    category: 'program structure',
    format: /^verifier bug/,
    sentence: 'The verifier met a state that it holds to be impossible.',
    advice: 'This is a defect of the kernel, or of our model of it: please report it with the program.',
    root: 'here',
  },
  {
    id: 'XL-PKT-1',
    category: 'memory',
    format: /outside of the packet|^invalid access to packet/,
    sentence: 'The program reads packet bytes that it has not shown to be there.',
    advice:
      'Compare the address one past the last byte with ctx->data_end, and read only on the branch where it is not greater.',
    root: 'here',
  },
  {
    id: 'XL-PKT-2',
    category: 'memory',
    format: /write into packet|writes to packet data|access to the packet is not allowed/,
    sentence: 'Programs of this type may not touch packet bytes this way.',
    advice: 'Use a helper such as bpf_skb_store_bytes() or bpf_skb_load_bytes(), or another hook.',
    root: 'here',
  },
  {
    id: 'XL-NULL-1',
    category: 'register type',
    format: /null-check it first|Possibly NULL pointer|expected to be non-NULL/,
    sentence: 'The program uses a pointer that may be NULL.',
    advice: 'Compare it with 0 first, and use it only on the branch where it is not 0.',
    root: 'here',
  },
  {
    id: 'XL-TYPE-1',
    category: 'register type',
    format: /invalid mem access/,
    sentence: 'The program uses as an address what is none.',
    advice:
      'Look where the register was last set: a 32-bit move, a multiplication or a load of part of it turns a pointer into a number.',
    root: 'origin',
  },
  {
    id: 'XL-INIT-1',
    category: 'register type',
    format: /!read_ok|due to uninitialized variable/,
    sentence: 'The program reads a register that was not set on this path.',
    advice: 'Set it on every path. After a call, r1 to r5 are gone and only r0 and r6 to r9 hold values.',
    root: 'here',
  },
  {
    id: 'XL-STACK-1',
    category: 'memory',
    format: /invalid read from stack|invalid size of register fill/,
    sentence: 'The program reads stack bytes that were not written on this path.',
    advice: 'Write all bytes of the buffer first; padding inside a structure counts.',
    root: 'here',
  },
  {
    id: 'XL-STACK-2',
    category: 'memory',
    format: /combined stack size|stack size of subprog|previous frames is %d bytes/,
    sentence: 'The program and what it calls need more than 512 bytes of stack.',
    advice: 'Keep large buffers in a per-CPU array map, or shorten the chain of calls.',
    root: 'here',
  },
  {
    id: 'XL-STACK-3',
    category: 'memory',
    format: /stack R%d|stack pointer cannot be passed|spill|allocated_stack too small|return stack pointer/,
    sentence: 'This access to the stack goes where the program may not go.',
    advice: 'The stack of a function is the 512 bytes below r10; its address must not leave the function.',
    root: 'here',
  },
  {
    id: 'XL-MAP-1',
    category: 'memory',
    format: /(access to map (value|key)|map forbidden|no direct value access|direct value (offset|access))/,
    sentence: 'The program goes outside of a map value, or does with it what the map does not allow.',
    advice: 'Limit the index on both sides, so that it plus the size of the access stays inside the value.',
    root: 'here',
  },
  {
    id: 'XL-LEN-1',
    category: 'memory',
    format:
      /unbounded memory access, use|min value is negative, either use unsigned or|zero-sized read|memory, len pair/,
    sentence: 'A length given to a function is not shown to fit the memory beside it.',
    advice:
      'Limit the length on both sides before the call, in an unsigned variable: compare it, or mask it.',
    root: 'here',
  },
  {
    id: 'XL-BOUNDS-1',
    category: 'memory',
    format:
      /unbounded memory access|min value is (negative|outside)|max value is outside|access to memory|buffer (access|offset)|math between|out of bounds|pointer offset %d|flow keys/,
    sentence: 'An index or offset is not shown to stay inside the memory it is used on.',
    advice:
      'Limit it on both sides before use: compare it with the size, or mask it, and keep the same register.',
    root: 'here',
  },
  {
    id: 'XL-CTX-1',
    category: 'memory',
    format:
      /bpf_context access|dereference of modified|^negative offset %s ptr|variable %s access|invalid %s access off/,
    sentence: 'This field of the context cannot be read or written this way.',
    advice:
      'Use the offset and size that the context structure of this program type has; some fields are read-only.',
    root: 'here',
  },
  {
    id: 'XL-ALIGN-1',
    category: 'memory',
    format: /^misaligned|access misaligned/,
    sentence: 'The access is not aligned to its size.',
    advice: 'Access at a multiple of the size, or byte by byte.',
    root: 'here',
  },
  {
    id: 'XL-BTF-1',
    category: 'memory',
    format:
      /is ptr_%s|write into ptr_|write into %s|only read|write access at off|no write support|access beyond struct|direct access to %s|access (size must|cannot have variable)|cannot be accessed|only access to|negative access|write to change key|only read from %s/,
    sentence: 'This member of a kernel object cannot be read or written this way.',
    advice: 'Read only, at a constant offset of a member; for more, use bpf_probe_read_kernel() or a kfunc.',
    root: 'here',
  },
  {
    id: 'XL-PTR-1',
    category: 'register type',
    format:
      /pointer (arithmetic|subtraction|operation|comparison)|on pointer prohibited|subtract pointer|pointer %s pointer|frame pointer is read only|subtraction from stack|different pointers|partial copy/,
    sentence: 'This arithmetic is not allowed on a pointer.',
    advice: 'Only additions and subtractions of numbers are, and on some pointers not even those.',
    root: 'here',
  },
  {
    id: 'XL-LOCK-1',
    category: 'resource lifetime',
    format: /lock|rcu|RCU|-ed region|preempt|irq|IRQ/,
    sentence: 'A lock or a critical section is not entered and left as the verifier wants it.',
    advice:
      'Leave on every path what you entered, in the reverse order, and call nothing in between that is not allowed there.',
    root: 'here',
  },
  {
    id: 'XL-REF-1',
    category: 'resource lifetime',
    format: /^Unreleased reference|would lead to reference leak/,
    sentence: 'Something that the program acquired is not given back on this path.',
    advice: 'Release it on every path before exit, and do not use it afterwards.',
    root: 'acquired',
  },
  {
    id: 'XL-REF-2',
    category: 'resource lifetime',
    format:
      /reference|unacquired|owning|must be referenced|refcount|release (kernel )?func|unowned|ref_obj_id/,
    sentence: 'The program gives back, or passes on, what it does not own.',
    advice: 'Release only what an acquiring call returned, once, after checking that it is not NULL.',
    root: 'here',
  },
  {
    id: 'XL-DYN-1',
    category: 'resource lifetime',
    format: /dynptr/i,
    sentence: 'A dynptr is not used as one: made once, then passed to calls by its address.',
    advice:
      'Make it with its constructor on every path, do not copy or overwrite its stack slots, and release it once.',
    root: 'here',
  },
  {
    id: 'XL-ITER-1',
    category: 'resource lifetime',
    format: /iter/,
    sentence: 'An iterator is not used as one: new, next until NULL, destroy.',
    advice: 'Call new once, next in a loop that ends when it returns NULL, and destroy on every path.',
    root: 'here',
  },
  {
    id: 'XL-RET-1',
    category: 'execution context',
    format:
      /^%s the register|At (program|subprogram|callback|async callback) exit|R0 not a scalar|ret type %s/,
    sentence: 'The function may end with a return value that its caller does not know.',
    advice: 'Set r0 to a value of the allowed range on every path.',
    root: 'origin',
  },
  {
    id: 'XL-GPL-1',
    category: 'policy',
    format: /GPL/,
    sentence: 'This is only for programs under the GPL.',
    advice: 'Declare a GPL-compatible licence, or do without it.',
    root: 'here',
  },
  {
    id: 'XL-SLEEP-1',
    category: 'execution context',
    format: /sleep|Sleepable/,
    sentence: 'Something that may sleep stands where nothing may.',
    advice: 'Use a sleepable program type (its section ends in ".s"), or a call that does not sleep.',
    root: 'here',
  },
  {
    id: 'XL-LOOP-1',
    category: 'program structure',
    format: /infinite loop|back-edge/,
    sentence: 'A loop comes back to a state that it was in before: it is not shown to end.',
    advice: 'Count a register towards a constant limit, or use may_goto.',
    root: 'here',
  },
  {
    id: 'XL-LIMIT-1',
    category: 'policy',
    format: /too (large|complex|many|deep)|Too many|reached the limit/,
    sentence: 'The verifier gave up: there is more than it is willing to walk.',
    advice: 'Shorten loops, move their bodies to a function, or make branches that do not matter meet again.',
    root: 'here',
  },
  {
    id: 'XL-HELP-1',
    category: 'call type',
    format:
      /cannot use helper|^invalid func %s|not supported for program type|calling kernel function %s is not allowed|not allowed in|is only allowed in|requires? (CAP|device-bound)|destructive|LD_ABS|ABS\|IND\] instructions|tail_call|cannot tail call|cannot update sockmap|function calls? (is|are) not allowed/,
    sentence: 'This call is not allowed here.',
    advice: 'Look up which program types and contexts have it, or choose another hook.',
    root: 'here',
  },
  {
    id: 'XL-ATTACH-1',
    category: 'policy',
    format:
      /[Aa]ttach|doesn't have %d-th|modifiable|provide btf_id|Cannot replace|noreturn|^The function %s|disabled hook|not a supported struct|cannot be used in prog|struct_ops/,
    sentence: 'The program cannot be attached to what it names.',
    advice:
      'Look up the target in the BTF of the kernel: its kind, its arguments, and whether it may be attached to.',
    root: 'here',
  },
  {
    id: 'XL-INFO-1',
    category: 'program structure',
    format:
      /BTF|btf_id|func_info|line_info|func info|insn_off|type id %[du]|struct %s. at offset|^Global function|^Invalid type of function/,
    sentence: 'The type information of the program does not fit its code.',
    advice:
      'Compile again with -g, with one compiler for all parts, and do not strip .BTF and .BTF.ext apart.',
    root: 'here',
  },
  {
    id: 'XL-ARG-1',
    category: 'call type',
    format:
      /expected|[Aa]rg ?#?%d|args#%d|R%d (must|is not|is of type|has no|type=|doesn't|does not)|cannot pass|Caller passes|doesn't point|callback|zero-terminated|format string|timer pointer|map pointer|kfunc|kernel function|constant|kptr|uptr|string failed|must be in range|type ID|%s (not found|has to be)|Unsupported reg type|get_local_storage|pointer to|unable to resolve|rdwr_buf_size|offset/,
    sentence: 'An argument of the call is not of the kind that the function wants.',
    advice:
      "Compare the register with the function's prototype: a map, a pointer to initialised memory, or a size.",
    root: 'here',
  },
  {
    id: 'XL-CFG-1',
    category: 'program structure',
    format:
      /unreachable|jump (out|into)|last insn|invalid (BPF_LD_IMM|bpf_ld_imm64|destination)|call to invalid|insn idx|ld_?imm64|exception cb/,
    sentence: 'The program is not laid out as the verifier wants it.',
    advice:
      'Every instruction must be reachable, every jump must stay in its function, and every path must end in exit.',
    root: 'here',
  },
  {
    id: 'XL-MAPUSE-1',
    category: 'policy',
    format: /map|arena|cgroup storage|addr_space_cast|progs cannot use/,
    sentence: 'The program cannot use this map, or not together with the others.',
    advice: 'Compare the type of the map with the type of the program.',
    root: 'here',
  },
  {
    id: 'XL-OP-1',
    category: 'program structure',
    format:
      /reserved fields|opcode|invalid (shift|atomic|BPF_|may_goto)|div by zero|R%d is invalid|BPF_ATOMIC|insn class|operand/,
    sentence: 'The instruction is not valid as it stands.',
    advice: 'Compare its operands with the instruction set (RFC 9669).',
    root: 'here',
  },
];

const known = new Map<string, Rule | null>();

/** The family of a reason, null for a wording that has none yet. */
export function familyOf(reason: Reason): Family | null {
  const { format } = reason;
  let rule = known.get(format);
  if (rule === undefined) {
    rule = RULES.find((r) => r.format.test(format)) ?? null;
    known.set(format, rule);
  }
  return rule === null ? null : refine(rule, reason);
}

/** What one wording says of several things: the type of the pointer decides. */
function refine(rule: Rule, { args }: Reason): Family {
  const type = String(args[1] ?? '');
  if (rule.id !== 'XL-TYPE-1') return rule;
  if (type.endsWith('_or_null')) return familyNamed('XL-NULL-1');
  return rule;
}

/** A family by its id, which must exist. */
export function familyNamed(id: string): Family {
  const rule = RULES.find((r) => r.id === id);
  if (rule === undefined) throw new RangeError(`no family ${id}`);
  return rule;
}

/** The last thing said decides, unless it only adds to what was said before. */
export function decisiveReason(reasons: readonly Reason[]): Reason | null {
  const last = reasons.at(-1) ?? null;
  const before = reasons.at(-2);
  const adds =
    last !== null && /^(R%d m(in|ax) value is outside|R%d offset is outside|Caller passes)/.test(last.format);
  return adds && before !== undefined ? before : last;
}
