import { disasmKernel } from '../../isa/disasm.ts';
import {
  BPF_PSEUDO_BTF_ID,
  BPF_PSEUDO_CALL,
  BPF_PSEUDO_KFUNC_CALL,
  BPF_PSEUDO_MAP_FD,
  BPF_PSEUDO_MAP_IDX,
  BPF_PSEUDO_MAP_IDX_VALUE,
  BPF_PSEUDO_MAP_VALUE,
} from '../../isa/opcodes.ts';
import { funcIdName, HELPER_COUNT } from '../../platform/func-access.ts';
import { BPF_MAP_TYPE } from '../../platform/map-types.ts';
import type { VerifierMap } from '../api.ts';
import type { LineInfo, VerifierEnv } from '../state/env.ts';
import { MAX_MESSAGE } from './bpf-log.ts';
import { type FormatArg, format } from './format.ts';

/** verbose(): appends a message; at level 0 only its last line is kept. `fmt` is the kernel's own format string. */
export function verbose(env: VerifierEnv, fmt: string, ...args: FormatArg[]): void {
  const text = format(fmt, args);
  env.log.write(text.length > MAX_MESSAGE ? text.slice(0, MAX_MESSAGE) : text);
}

/**
 * Says why the program is refused: prints the kernel's text as verbose() does and records it for the `reject`
 * event. The format is the kernel's own and never changes, so it is the name of the reason; its arguments are the
 * numbers. A check that goes on in spite of it leaves records that later visits forget.
 */
export function blame(env: VerifierEnv, fmt: string, ...args: FormatArg[]): void {
  if (env.reasonsVisit !== env.insnProcessed) env.reasons = [];
  env.reasonsVisit = env.insnProcessed;
  env.reasons.push({ format: fmt, args });
  verbose(env, fmt, ...args);
}

/** blame(), and the errno with which the check ends: `return reject(env, EACCES, ...)`. */
export function reject(env: VerifierEnv, errno: number, fmt: string, ...args: FormatArg[]): number {
  blame(env, fmt, ...args);
  return -errno;
}

/** BPF_LINE_INFO_LINE_NUM() */
export function lineNumber(info: LineInfo): number {
  return info.lineCol >>> 10;
}

/** find_linfo(): index of the last record at or before the instruction, -1 without line info. */
function findLinfo(lines: readonly LineInfo[], insnOff: number): number {
  let left = 0;
  let right = lines.length - 1;
  while (left < right) {
    const middle = left + ((right - left + 1) >> 1);
    if (lines[middle].insnOff <= insnOff) left = middle;
    else right = middle - 1;
  }
  return right;
}

function isSameLine(a: LineInfo, b: LineInfo): boolean {
  return a.fileNameOff === b.fileNameOff && lineNumber(a) === lineNumber(b);
}

/**
 * verbose_linfo(): prints `prefix` and the source line of an instruction, unless it is the line that was
 * printed last.
 */
export function verboseLinfo(env: VerifierEnv, insnOff: number, prefix: string): void {
  const { btf, lineInfo } = env;
  if (env.log.level === 0 || btf === null || insnOff >= env.insns.length) return;
  const index = findLinfo(lineInfo, insnOff);
  if (index < 0 || index === env.prevLinfo) return;
  const info = lineInfo[index];
  if (env.prevLinfo >= 0 && isSameLine(info, lineInfo[env.prevLinfo])) return;
  verbose(env, '%s', prefix);
  verbose(env, '%s', btf.stringBytesAt(info.lineOff).replace(/^[\t-\r \xa0]+/, ''));
  const path = btf.stringBytesAt(info.fileNameOff);
  verbose(env, ' @ %s:%u\n', path.slice(path.lastIndexOf('/') + 1), lineNumber(info));
  env.prevLinfo = index;
}

/** Any address of the kernel's direct map; readers normalise it, as no two kernels agree. */
const MAP_ADDRESS_HI = 'ffff8880';

/** ... and where a process maps an arena. */
const ARENA_ADDRESS = '0x7e00';

function isMapLoad(src: number): boolean {
  return (
    src === BPF_PSEUDO_MAP_FD ||
    src === BPF_PSEUDO_MAP_VALUE ||
    src === BPF_PSEUDO_MAP_IDX ||
    src === BPF_PSEUDO_MAP_IDX_VALUE
  );
}

/** Where a process sees the byte at `off` of an arena: where map_extra wants it, else some place of a mapping. */
function arenaAddress({ mapExtra, mapExtraHi = 0 }: VerifierMap, off: number): string {
  const base = mapExtraHi * 0x1_0000_0000 + (mapExtra >>> 0);
  if (base !== 0) return `0x${(base + off).toString(16)}`;
  return `${ARENA_ADDRESS}${off.toString(16).padStart(8, '0')}`;
}

/** The address that stands in a resolved map load, or null. */
function mapAddress(env: VerifierEnv, insn: number): string | null {
  const index = env.aux.mapIndex[insn] - 1;
  if (index < 0 || !isMapLoad(env.insns.src[insn])) return null;
  if (env.maps[index].type === BPF_MAP_TYPE.arena) {
    if (env.insns.src[insn] === BPF_PSEUDO_MAP_FD) return `0x${MAP_ADDRESS_HI}00100000`;
    return arenaAddress(env.maps[index], Math.max(0, env.aux.mapOff[insn]));
  }
  const low = ((index + 1) * 0x10_0000 + Math.max(0, env.aux.mapOff[insn])) >>> 0;
  return `0x${MAP_ADDRESS_HI}${low.toString(16).padStart(8, '0')}`;
}

/** The address of a kernel function in a resolved load, or null: some place in the kernel's text. */
function symbolAddress(env: VerifierEnv, insn: number): string | null {
  if (env.insns.src[insn] !== BPF_PSEUDO_BTF_ID || !env.aux.kernelFuncs.has(insn)) return null;
  return `0xffffffff81${(env.insns.imm[insn] & 0xff_ffff).toString(16).padStart(6, '0')}`;
}

function helperName(id: number): string | null {
  return id >= 0 && id < HELPER_COUNT ? funcIdName(id) : null;
}

/** __func_get_name() for calls that are not helpers. */
function callName(env: VerifierEnv, src: number, imm: number): string | null {
  if (src === BPF_PSEUDO_CALL) return imm >= 0 ? `+${imm}` : String(imm);
  if (src !== BPF_PSEUDO_KFUNC_CALL) return null;
  return env.vmlinux?.has(imm) ? env.vmlinux.nameOf(imm) : 'kernel-function';
}

/** The text of one instruction, with newline (`print_bpf_insn()`). */
export function insnText(env: VerifierEnv, insn: number): string {
  const address = mapAddress(env, insn) ?? symbolAddress(env, insn);
  const text = disasmKernel(env.insns, insn, {
    helperName,
    callName: (src, imm) => callName(env, src, imm),
    ...(address === null ? {} : { immName: () => address }),
  });
  return `${text}\n`;
}

/** verbose_insn() */
export function verboseInsn(env: VerifierEnv, insn: number): void {
  if (env.log.level !== 0) env.log.write(insnText(env, insn));
}
