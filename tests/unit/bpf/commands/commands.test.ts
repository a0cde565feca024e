import { beforeAll, describe, expect, it } from 'vitest';
import { SimKernel } from '../../../../src-core/bpf/kernel.ts';
import { vmlinuxBtf } from '../../../../src-core/cli/load-file.ts';
import { liveKernel, mountBpffs } from '../../../kernel/live-bpf.ts';
import { oracleMissing } from '../../../kernel/oracle.ts';
import recorded from './answers.json' with { type: 'json' };
import { CASES } from './cases.ts';
import { simulated, transcript } from './world.ts';

const answers: Readonly<Record<string, readonly string[]>> = recorded.answers;

describe('commands of bpf(), as the kernel answered when it was asked', () => {
  it('has an answer for every case, and cases enough', () => {
    expect(Object.keys(answers).sort()).toEqual(CASES.map((c) => c.name).sort());
    expect(CASES.length).toBeGreaterThan(400);
  });
  it.each(CASES.map((c) => [c.name, c] as const))('%s', (name, c) => {
    expect(transcript(c, simulated(SimKernel.create({ vmlinux: vmlinuxBtf })))).toEqual(answers[name]);
  });
});

describe.skipIf(oracleMissing() !== null)(`the live kernel (${oracleMissing() ?? 'here'})`, () => {
  beforeAll(mountBpffs);
  it.each(CASES.map((c) => [c.name, c] as const))('still answers so: %s', (name, c) => {
    expect(transcript(c, liveKernel)).toEqual(answers[name]);
  });
});
