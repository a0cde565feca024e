import { BpfInsns } from '../../src-core/isa/program.ts';
import type { ProgramInput, VerifierMap, VerifyResult } from '../../src-core/verifier/api.ts';
import { verify } from '../../src-core/verifier/verify.ts';
import { createMap, loadProgram, type MapAttr, normalizeLog, withFds } from './oracle.ts';

/** A program for both verifiers; maps are referred to by the fds of `maps`, made by makeMap(). */
export interface DiffProgram {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly maps?: readonly VerifierMap[];
  readonly license?: string;
  readonly expectedAttachType?: number;
  readonly flags?: number;
}

export interface Difference {
  /** First line that differs, and both sides of it. */
  readonly line: number;
  readonly kernel: string;
  readonly ours: string;
  readonly kernelLog: string;
  readonly oursLog: string;
}

/** A map on the live kernel and its description for our verifier. */
export function makeMap(attr: MapAttr, inner: VerifierMap | null = null): VerifierMap {
  const fd = createMap(inner === null ? attr : { ...attr, innerMapFd: inner.fd });
  if (fd < 0) throw new Error(`map ${attr.name ?? ''}: errno ${-fd}`);
  return {
    fd,
    id: fd,
    name: attr.name ?? '',
    type: attr.type,
    keySize: attr.keySize,
    valueSize: attr.valueSize,
    maxEntries: attr.maxEntries,
    flags: attr.flags ?? 0,
    frozen: false,
    mapExtra: 0,
    btf: null,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    inner,
    directRead: () => null,
  };
}

/** Our verdict; a walk that `shouldStop` ends is `unsupported`. */
export function verifyOurs(
  p: DiffProgram,
  level: number,
  shouldStop: (() => boolean) | null = null,
): VerifyResult {
  const input: ProgramInput = {
    name: 'test',
    type: p.type,
    expectedAttachType: p.expectedAttachType ?? 0,
    license: p.license ?? 'GPL',
    flags: p.flags ?? 0,
    insns: BpfInsns.fromBytes(p.insns),
    attachBtfId: 0,
    btf: null,
    funcInfo: new Uint8Array(0),
    lineInfo: new Uint8Array(0),
    maps: p.maps ?? [],
  };
  return verify(input, {
    policy: { privileged: true, strictAlignment: false },
    log: { level },
    vmlinux: null,
    onEvent: null,
    shouldStop,
  });
}

function firstDifference(kernel: string, ours: string): Difference | null {
  if (kernel === ours) return null;
  const a = kernel.split('\n');
  const b = ours.split('\n');
  let line = 0;
  while (a[line] === b[line]) line++;
  return { line, kernel: a[line] ?? '', ours: b[line] ?? '', kernelLog: kernel, oursLog: ours };
}

/** Loads the program on the live kernel and verifies it here: our verdict when errno and whole log agree. */
export function compareVerdicts(p: DiffProgram, level: number): Difference | VerifyResult['verdict'] {
  const ours = verifyOurs(p, level);
  if (ours.verdict === 'unsupported') return 'unsupported';
  const kernel = loadProgram({ ...p, logLevel: level });
  // ENOSPC: the log outgrew the buffer, and its end is missing.
  if (kernel.errno === 28) return 'unsupported';
  return withFds([kernel.fd], () => {
    const errno = ours.verdict === 'accept' ? 0 : ours.errno;
    const difference = firstDifference(
      `errno ${kernel.errno}\n${normalizeLog(kernel.log)}`,
      `errno ${errno}\n${normalizeLog(ours.log)}`,
    );
    return difference ?? ours.verdict;
  });
}
