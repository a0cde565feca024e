import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Btf } from '../../../../src-core/btf/btf.ts';
import { BpfLog } from '../../../../src-core/verifier/log/bpf-log.ts';
import { runPasses } from '../../../../src-core/verifier/passes/index.ts';
import { VerifierEnv } from '../../../../src-core/verifier/state/env.ts';
import { normalizeLog, oracleMissing } from '../../../kernel/oracle.ts';
import { askKernel, type KernelAnswer } from './ask-kernel.ts';
import { CASES, type PassCase, testBtf } from './cases.ts';

const recorded = JSON.parse(readFileSync(new URL('./kernel-logs.json', import.meta.url), 'utf8')) as {
  readonly cases: Readonly<Record<string, KernelAnswer>>;
};

function passesOf(c: PassCase): { errno: number; log: string } {
  const log = new BpfLog(2);
  const input = {
    name: '',
    type: c.type,
    expectedAttachType: 0,
    license: c.license,
    flags: c.flags,
    insns: c.insns,
    attachBtfId: 0,
    btf: c.funcInfo.length > 0 || c.lineInfo.length > 0 ? Btf.parse(testBtf().bytes) : null,
    funcInfo: c.funcInfo,
    lineInfo: c.lineInfo,
    maps: [],
  };
  const options = {
    policy: { privileged: true, strictAlignment: false },
    log: { level: 2 },
    vmlinux: null,
    onEvent: null,
    shouldStop: null,
  };
  const err = runPasses(new VerifierEnv(input, options, log));
  return { errno: -err, log: normalizeLog(log.toString()) };
}

describe.each(CASES.map((c) => [c.name, c] as const))('%s', (name, c) => {
  it('says what the kernel says', () => {
    const ours = passesOf(c);
    const kernel = recorded.cases[name];
    if (ours.errno !== 0) {
      expect(ours.log).toBe(kernel.log);
      expect(ours.errno).toBe(kernel.errno);
    } else {
      // The kernel goes on with the walk.
      expect(kernel.log.slice(0, ours.log.length)).toBe(ours.log);
    }
    if (oracleMissing() === null) expect(askKernel(c)).toEqual(kernel);
  });
});
