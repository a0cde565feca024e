import { readFileSync } from 'node:fs';
import { BPF_CALL, BPF_JMP, BPF_PSEUDO_CALL } from '../isa/opcodes.ts';
import { BpfInsns } from '../isa/program.ts';
import { InputError } from '../util/input-error.ts';
import { u64ToHex } from '../util/int64.ts';
import { runCode } from '../vm/run.ts';
import { defaultRuntimeOptions, Runtime } from '../vm/runtime.ts';
import { oneOf, parse } from './args.ts';
import { EXIT, UsageError } from './usage.ts';

function fromHex(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits))
    throw new InputError(`${what} must be pairs of hexadecimal digits`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** First slots of the main program and of every target of a local call. */
function subprograms(insns: BpfInsns): number[] {
  const starts = new Set([0]);
  for (let i = 0; i < insns.length; i++) {
    if (insns.code[i] === (BPF_JMP | BPF_CALL) && insns.src[i] === BPF_PSEUDO_CALL)
      starts.add(i + 1 + insns.imm[i]);
  }
  return [...starts].filter((s) => s >= 0 && s < insns.length).sort((a, b) => a - b);
}

/**
 * `xlated conformance`: a bpf_conformance plug-in. Program bytes as hexadecimal on standard input, memory as
 * an argument; r1 is the memory and r2 its length; prints r0. Nothing is verified.
 */
export function conformanceCommand(argv: readonly string[]): number {
  const { values, files } = parse(argv, { engine: 'string' } as const);
  if (files.length > 1) throw new UsageError('conformance: one argument, the memory in hexadecimal');
  const engine = oneOf('engine', values.engine, ['jit', 'interp'] as const, 'jit');
  const code = fromHex(readFileSync(0, 'utf8'), 'the program');
  const memory = fromHex(files[0] ?? '', 'the memory');
  if (code.length === 0) throw new InputError('the program is empty');
  console.log(runRaw(BpfInsns.fromBytes(code), memory, engine));
  return EXIT.ok;
}

/** Runs unverified instructions on a block of memory; r0 in hexadecimal. */
export function runRaw(insns: BpfInsns, memory: Uint8Array, engine: 'jit' | 'interp'): string {
  const rt = new Runtime(defaultRuntimeOptions());
  const at = rt.memory.alloc(memory.length);
  if (at === null) throw new InputError(`a memory of ${memory.length} bytes is too large`);
  rt.memory.bytes.set(memory, at);
  const arguments_ = { ctx: memory.length > 0 ? at : 0, r2: memory.length };
  const run = runCode(rt, { insns, subprogStarts: subprograms(insns) }, engine, arguments_);
  return u64ToHex(run.r0Lo, run.r0Hi);
}
