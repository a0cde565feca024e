import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src-core/asm/assemble.ts';
import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import { loadElf } from '../../src-core/object/load.ts';
import type { ObjectSpec } from '../../src-core/object/spec.ts';
import { helperId } from '../../src-core/platform/helper-names.ts';
import { loadOnKernel, openOnKernel } from '../kernel/load-on-kernel.ts';
import { closeFd, oracleMissing } from '../kernel/oracle.ts';
import { runOnKernel } from '../kernel/run-on-kernel.ts';
import { runText } from '../support/project-programs.ts';
import { randomXdp } from '../support/random-xdp.ts';
import { runHere } from '../support/run-here.ts';

const packet = fc.uint8Array({ minLength: 14, maxLength: 96 });

function specOf(text: string): ObjectSpec {
  const { object, diagnostics } = assemble(text, { helperId });
  if (object === null) throw new Error(`${diagnostics[0].line}: ${diagnostics[0].message}\n${text}`);
  return loadElf(object, 'random', { vmlinux: null });
}

/** Return value, packet out and map contents after one run on our side. */
function ours(spec: ObjectSpec, data: Uint8Array, engine: 'jit' | 'interp'): string {
  const session = openObject(spec, { vmlinux: null, timer: () => 0 });
  const out = loadProgram(session, spec.programs[0], { level: 1, onEvent: null, shouldStop: null });
  if (out.fd === null) throw new Error(`${out.verdict}: ${out.message}\n${out.log}`);
  return runHere(session, out.fd, data, engine);
}

/** The same on the live kernel. */
function theirs(spec: ObjectSpec, data: Uint8Array): string {
  const object = openOnKernel(spec);
  const loaded = loadOnKernel(spec, spec.programs[0], object, 1);
  if (loaded === null || loaded.fd === null) throw new Error(`the kernel refused: ${loaded?.log}`);
  const run = runOnKernel(spec, object, loaded.fd, data);
  closeFd(loaded.fd);
  object.close();
  return 'errno' in run ? `errno ${run.errno}` : runText(run);
}

describe('random XDP programs with packets and maps', () => {
  it('leave the same return value, packet and maps behind in the interpreter and as Wasm', () => {
    fc.assert(
      fc.property(randomXdp, packet, (text, data) => {
        const spec = specOf(text);
        expect(ours(spec, data, 'jit')).toBe(ours(spec, data, 'interp'));
      }),
      { numRuns: 150 },
    );
  });

  it.skipIf(oracleMissing() !== null)(
    `leave behind what the live kernel leaves (${oracleMissing() ?? 'here'})`,
    () => {
      fc.assert(
        fc.property(randomXdp, packet, (text, data) => {
          const spec = specOf(text);
          expect(ours(spec, data, 'jit')).toBe(theirs(spec, data));
        }),
        { numRuns: 150 },
      );
    },
  );
});
