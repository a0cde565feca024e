import { describe, expect, it } from 'vitest';
import { assemble } from '../../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../../src-core/bpf/session.ts';
import { BpfInsns } from '../../../src-core/isa/program.ts';
import { loadElf } from '../../../src-core/object/load.ts';
import { helperId } from '../../../src-core/platform/helper-names.ts';
import { createVmMap } from '../../../src-core/vm/maps/create.ts';
import { runCode } from '../../../src-core/vm/run.ts';
import { defaultRuntimeOptions, Runtime } from '../../../src-core/vm/runtime.ts';

const SOCKMAP = 15;
const ENGINES = ['jit', 'interp'] as const;

function run(text: string, engine: 'jit' | 'interp'): { readonly why: string; readonly insn: number | null } {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(diagnostics[0].message);
  const spec = loadElf(object, 'faults', { vmlinux: null });
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const out = loadProgram(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  if (out.fd === null) throw new Error(out.log);
  const input = { dataIn: new Uint8Array(64), ctxIn: new Uint8Array(0), repeat: 1, engine };
  const result = session.kernel.testRun(out.fd, input);
  return result.ok ? { why: `returned ${result.retval}`, insn: null } : result;
}

const UNSIMULATED = `.section "tc"
asks_for_a_cookie:
    r6 = r1
    r7 = 1
    if r7 == 1 goto on
    r0 = 2
    r0 = 3
    exit
on:
    r1 = r6
    call bpf_get_socket_cookie
    r0 = 0
    exit
`;

describe.each(ENGINES)('a run that cannot go on (%s)', (engine) => {
  it('names the helper and its instruction as it was written, dead code counted', () => {
    expect(run(UNSIMULATED, engine)).toMatchObject({
      why: 'helper bpf_get_socket_cookie#46 is not simulated yet, at instruction 7',
      insn: 7,
    });
  });
});

/** Instructions that no verifier has seen, as [code, dst, src, off, imm]. */
function raw(
  rows: readonly (readonly number[])[],
  engine: 'jit' | 'interp',
  subprogStarts: readonly number[] = [0],
  rt = new Runtime(defaultRuntimeOptions()),
): string {
  const insns = BpfInsns.fromRaw(rows.map(([code, dst, src, off, imm]) => ({ code, dst, src, off, imm })));
  try {
    runCode(rt, { insns, subprogStarts }, engine, { fuel: 10_000 });
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
  return 'ran to its end';
}

describe.each(ENGINES)('an unverified program (%s)', (engine) => {
  it('is stopped in an endless loop', () => {
    expect(raw([[0x05, 0, 0, -1, 0]], engine)).toBe(
      'stopped: the program ran for too long, at instruction 0',
    );
  });
  it('is stopped when it calls itself', () => {
    const message = raw(
      [
        [0x85, 0, 1, 0, -1],
        [0x95, 0, 0, 0, 0],
      ],
      engine,
    );
    expect(message).toBe('too many call frames, at instruction 0');
  });
  it('is stopped when its callbacks go on for too long', () => {
    const rows = [
      [0x18, 2, 4, 0, 5],
      [0, 0, 0, 0, 0],
      [0xb7, 1, 0, 0, 1 << 20],
      [0xb7, 4, 0, 0, 0],
      [0x85, 0, 0, 0, 181],
      [0x95, 0, 0, 0, 0],
      [0xb7, 0, 0, 0, 0],
      [0x95, 0, 0, 0, 0],
    ];
    expect(raw(rows, engine, [0, 6])).toMatch(/^stopped: the program ran for too long, at instruction [67]$/);
  });
  it('is told of a map whose type is not simulated', () => {
    const rt = new Runtime(defaultRuntimeOptions());
    const attr = { name: 'socks', type: SOCKMAP, keySize: 4, valueSize: 4, maxEntries: 1, flags: 0 };
    const made = createVmMap(rt.memory, attr, 1);
    if (!made.ok) throw new Error(`errno ${made.errno}`);
    rt.maps.set(made.map.address, made.map);
    const rows = [
      [0x18, 1, 0, 0, made.map.address],
      [0, 0, 0, 0, 0],
      [0xbf, 2, 10, 0, 0],
      [0x07, 2, 0, 0, -4],
      [0x85, 0, 0, 0, 1],
      [0x95, 0, 0, 0, 0],
    ];
    const message = 'map "socks" has type 15, which is not simulated yet, at instruction 4';
    expect(raw(rows, engine, [0], rt)).toBe(message);
  });
  it('is told of a kernel function', () => {
    expect(raw([[0x85, 0, 2, 0, 7]], engine)).toBe(
      'kernel function #7 is not simulated yet, at instruction 0',
    );
  });
  it('is told of a helper that Linux 6.18 has not', () => {
    expect(raw([[0x85, 0, 0, 0, 9999]], engine)).toBe('helper #9999 is not simulated yet, at instruction 0');
  });
});
