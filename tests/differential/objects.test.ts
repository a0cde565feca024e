import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadProgram, openObject } from '../../src-core/bpf/session.ts';
import type { Btf } from '../../src-core/btf/btf.ts';
import { compareObject, loadSpec } from '../kernel/compare-object.ts';
import { oracleMissing } from '../kernel/oracle.ts';
import { runningBtf } from '../kernel/running-btf.ts';
import gaps from '../objects/unsupported.json' with { type: 'json' };
import { vmlinux as shippedBtf } from '../support/vmlinux.ts';

const FOLDER = fileURLToPath(new URL('../objects/', import.meta.url));
const OBJECTS = readdirSync(FOLDER).filter((name) => name.endsWith('.o'));

const specOf = (name: string, btf: () => Btf) =>
  loadSpec(new Uint8Array(readFileSync(FOLDER + name)), name.replace(/(\.bpf)?\.o$/, ''), btf);

describe('the compiled test objects', () => {
  it('have on the list of unsupported programs exactly those that are unsupported, with what is missing', () => {
    const found = OBJECTS.flatMap((name) => {
      const spec = specOf(name, shippedBtf);
      const session = openObject(spec, { vmlinux: shippedBtf, timer: () => 0 });
      return spec.programs.flatMap((prog) => {
        const out = loadProgram(session, prog, { level: 0, onEvent: null, shouldStop: null });
        return out.verdict === 'unsupported'
          ? [{ object: name, program: prog.name, missing: out.message }]
          : [];
      });
    });
    expect(found).toEqual(gaps);
  });

  it.skipIf(oracleMissing() !== null).each(OBJECTS)(
    `%s has the kernel's whole log at both levels (${oracleMissing() ?? 'live'})`,
    (name) => {
      const spec = specOf(name, runningBtf);
      for (const level of [1, 2] as const) {
        const rows = compareObject(name, spec, runningBtf, level).filter((r) => r.kernel !== 'none');
        expect(
          rows.filter((r) => !(r.sameLog && r.sameVerdict)).map((r) => [r.prog, r.firstDifference]),
        ).toEqual([]);
      }
    },
  );
});
