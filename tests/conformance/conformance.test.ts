import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src-core/asm/assemble.ts';
import { runRaw } from '../../src-core/cli/conformance.ts';
import { BpfInsns } from '../../src-core/isa/program.ts';
import { type ConformanceCase, conformanceCases } from './cases.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const all = conformanceCases();

function bytesOf({ name, asm }: ConformanceCase): Uint8Array {
  const { flat, diagnostics } = assemble(asm);
  if (diagnostics.length > 0)
    throw new Error(`${name}: ${diagnostics[0].message}, line ${diagnostics[0].line}`);
  return flat;
}

it('there are at least 200 cases of our own', () => {
  expect([...all.values()].flat().length).toBeGreaterThanOrEqual(200);
});

describe.each([...all])('RFC 9669, %s', (_file, cases) => {
  describe.each(['jit', 'interp'] as const)('on the %s', (engine) => {
    it.each(cases.map((c) => [c.name, c] as const))('%s', (_name, c) => {
      expect(`0x${runRaw(BpfInsns.fromBytes(bytesOf(c)), c.memory, engine)}`).toBe(c.expected);
    });
  });
});

describe('the conformance command', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const command = (c: ConformanceCase, engine: string): string => {
    const memory = c.memory.length === 0 ? [] : [hex(c.memory)];
    const args = ['--import', 'tsx', 'src-core/cli/main.ts', 'conformance', '--engine', engine, ...memory];
    const run = spawnSync(process.execPath, args, {
      cwd: ROOT,
      input: `${hex(bytesOf(c))}\n`,
      encoding: 'utf8',
    });
    expect(run.status, run.stderr).toBe(0);
    return run.stdout.trim();
  };

  it.each([...all].map(([file, cases]) => [file, cases[cases.length >> 1]] as const))(
    'answers a case of %s from standard input',
    (_file, c) => {
      expect(`0x${command(c, 'jit')}`).toBe(c.expected);
    },
  );

  it('answers the same with the interpreter', () => {
    const c = all.get('memory')?.at(0);
    if (c === undefined) throw new Error('no case');
    expect(`0x${command(c, 'interp')}`).toBe(c.expected);
  });
});
