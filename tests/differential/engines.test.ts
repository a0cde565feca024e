import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfInsns } from '../../src-core/isa/program.ts';
import { runCode } from '../../src-core/vm/run.ts';
import { defaultRuntimeOptions, Runtime } from '../../src-core/vm/runtime.ts';
import { closeFd, loadProgram, oracleMissing, testRun } from '../kernel/oracle.ts';
import { randomProgram } from '../support/random-program.ts';

const SOCKET_FILTER = 1;

describe('random valid programs', () => {
  it('give the same r0 in the interpreter and as Wasm', () => {
    const rt = new Runtime(defaultRuntimeOptions());
    fc.assert(
      fc.property(randomProgram, (raw) => {
        const program = { insns: BpfInsns.fromRaw(raw), subprogStarts: [0] };
        const [interpreted, compiled] = (['interp', 'jit'] as const).map((e) => runCode(rt, program, e));
        expect([compiled.r0Lo, compiled.r0Hi]).toEqual([interpreted.r0Lo, interpreted.r0Hi]);
      }),
      { numRuns: 500 },
    );
  });

  it.skipIf(oracleMissing() !== null)(`give the r0 of the live kernel (${oracleMissing() ?? 'here'})`, () => {
    const rt = new Runtime(defaultRuntimeOptions());
    const packet = new Uint8Array(64);
    fc.assert(
      fc.property(randomProgram, (raw) => {
        const insns = BpfInsns.fromRaw(raw);
        const loaded = loadProgram({ type: SOCKET_FILTER, insns: insns.toBytes(), logLevel: 0 });
        expect(loaded.errno).toBe(0);
        const fd = loaded.fd as number;
        const kernel = testRun(fd, { dataIn: packet }).retval;
        closeFd(fd);
        expect(runCode(rt, { insns, subprogStarts: [0] }, 'jit').r0Lo >>> 0).toBe(kernel);
      }),
      { numRuns: 300 },
    );
  });
});
