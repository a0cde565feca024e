import type { Btf } from '../../btf/btf.ts';
import { BTF_FUNC_GLOBAL } from '../../btf/kinds.ts';
import {
  BPF_ABS,
  BPF_CALL,
  BPF_EXIT,
  BPF_IND,
  BPF_JA,
  BPF_JMP,
  BPF_JMP32,
  BPF_LD,
  classOf,
  modeOf,
  opOf,
} from '../../isa/opcodes.ts';
import { BPF_FUNC } from '../../platform/helpers.gen.ts';
import { isDevBoundKfunc } from '../../platform/kfuncs.ts';
import { BPF_MAX_SUBPROGS } from '../../platform/limits.ts';
import { blame, reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, SubprogInfo, type VerifierEnv } from '../state/env.ts';
import { E2BIG, EEXIST, EINVAL, ENOENT, EPROTO } from '../state/errno.ts';
import { resolveCall } from '../state/resolve-call.ts';
import { isFuncLoad, isHelperCall, isJumpClass, isKfuncCall, isSubprogCall, jmpOffset } from './insn-flow.ts';

/** bpf_find_containing_subprog(): number of the subprogram that holds the instruction. */
export function findContainingSubprog(env: VerifierEnv, insn: number): number {
  let left = 0;
  let right = env.subprogs.length - 1;
  while (left < right) {
    const middle = left + ((right - left + 1) >> 1);
    if (env.subprogs[middle].start <= insn) left = middle;
    else right = middle - 1;
  }
  return left;
}

/** add_subprog(): notes that a subprogram starts at `off`; keeps the list sorted. 0 or -errno. */
function addSubprog(env: VerifierEnv, off: number): number {
  const { subprogs } = env;
  if (off >= env.insns.length || off < 0) {
    return reject(env, EINVAL, 'call to invalid destination\n');
  }
  const after = subprogs.findIndex((s) => s.start >= off);
  if (after >= 0 && subprogs[after].start === off) return 0;
  if (subprogs.length >= BPF_MAX_SUBPROGS) {
    return reject(env, E2BIG, 'too many subprograms\n');
  }
  subprogs.splice(after < 0 ? subprogs.length : after, 0, new SubprogInfo(off));
  return 0;
}

/** License strings that license_is_gpl_compatible() takes. */
const GPL_LICENSES: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

export const isGplCompatible = (license: string): boolean => GPL_LICENSES.has(license);

/** MAX_KFUNC_DESCS */
const MAX_KFUNCS = 256;

/** find_kfunc_desc_btf() of a module's kfunc: the program brings no module BTFs along. */
function moduleBtf(env: VerifierEnv, off: number): number {
  if (off < 0) blame(env, 'negative offset disallowed for kernel module function call\n');
  else blame(env, 'kfunc offset > 0 without fd_array is invalid\n');
  blame(env, 'failed to find BTF for kernel function\n');
  return off < 0 ? -EINVAL : -EPROTO;
}

/** add_kfunc_call(); a call that names no function waits for dead code elimination. */
function addKfuncCall(env: VerifierEnv, insn: number, kfuncs: Set<number>): number {
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'cannot call kernel function from non-GPL compatible program\n');
  }
  const id = env.insns.imm[insn];
  const off = env.insns.off[insn];
  if (id === 0 && off === 0) return 0;
  if (off !== 0) return moduleBtf(env, off);
  if (kfuncs.has(id)) return 0;
  if (kfuncs.size === MAX_KFUNCS) return reject(env, E2BIG, 'too many different kernel function calls\n');
  const signature = env.kernelBtf.has(id) ? resolveCall(env, insn) : null;
  if (signature?.kind !== 'kfunc') return reject(env, EINVAL, 'kernel btf_id %u is not a function\n', id);
  if (isDevBoundKfunc(signature.name)) {
    return reject(env, EINVAL, 'metadata kfuncs require device-bound program\n');
  }
  kfuncs.add(id);
  return 0;
}

/** add_subprog_and_kfunc(): the program's subprograms from its calls and function loads. */
export function addSubprogAndKfunc(env: VerifierEnv): number {
  const { insns } = env;
  let err = addSubprog(env, 0);
  const kfuncs = new Set<number>();
  for (let i = 0; i < insns.length && err === 0; i++) {
    if (isFuncLoad(insns, i) || isSubprogCall(insns, i)) err = addSubprog(env, i + insns.imm[i] + 1);
    else if (isKfuncCall(insns, i)) err = addKfuncCall(env, i, kfuncs);
  }
  err = err || addExceptionCallback(env);
  if (err !== 0) return err;
  if ((env.log.level & BPF_LOG_LEVEL2) !== 0) {
    env.subprogs.forEach((subprog, i) => {
      verbose(env, 'func#%d @%d\n', i, subprog.start);
    });
  }
  return 0;
}

const EXCEPTION_TAG = 'exception_callback:';

/** The name in the main function's exception tag; null without one, or an errno. */
function exceptionName(env: VerifierEnv, btf: Btf, mainId: number): string | null | number {
  let name: string | null = null;
  for (let id = btf.startId; id < btf.nrTypes; id++) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const tag = btf.typeById(id);
    if (tag.kind !== 'decl_tag' || tag.type !== mainId || tag.componentIdx !== -1) continue;
    if (!tag.name.startsWith(EXCEPTION_TAG)) continue;
    if (name !== null) {
      return reject(env, EEXIST, 'multiple exception callback tags for main subprog\n');
    }
    name = tag.name.slice(EXCEPTION_TAG.length);
  }
  return name;
}

/** bpf_find_exception_callback_insn_off(): first slot of the exception callback, 0 without one, or an errno. */
function exceptionCallbackStart(env: VerifierEnv): number {
  const { btf } = env;
  const { funcInfo } = env.input;
  if (btf === null || funcInfo.length === 0) return 0;
  const view = new DataView(funcInfo.buffer, funcInfo.byteOffset, funcInfo.byteLength);
  const name = exceptionName(env, btf, view.getUint32(4, true));
  if (name === null) return 0;
  if (typeof name === 'number') return name;
  const id = btf.findByName(name, 'func');
  if (id === null) {
    return reject(env, ENOENT, "exception callback '%s' could not be found in BTF\n", name);
  }
  const func = btf.typeById(id);
  if (func.kind !== 'func' || func.linkage !== BTF_FUNC_GLOBAL) {
    return reject(env, EINVAL, "exception callback '%s' must have global linkage\n", name);
  }
  for (let at = 0; at < funcInfo.length; at += 8) {
    if (view.getUint32(at + 4, true) !== id) continue;
    const start = view.getUint32(at, true);
    if (start !== 0) return start;
    blame(env, 'invalid exception callback insn_off in func_info: 0\n');
    break;
  }
  return reject(env, EINVAL, 'exception callback type id not found in func_info\n');
}

/** The function that the main program's tag names is a subprogram, though nothing calls it. */
function addExceptionCallback(env: VerifierEnv): number {
  const start = exceptionCallbackStart(env);
  if (start <= 0) return start;
  const err = addSubprog(env, start);
  if (err !== 0) return err;
  const index = env.findSubprog(start);
  env.exceptionCallback = index;
  const subprog = env.subprogs[index];
  subprog.isCb = subprog.isAsyncCb = subprog.isExceptionCb = true;
  return 0;
}

function noteSpecialInsn(env: VerifierEnv, subprog: SubprogInfo, i: number): void {
  const { insns } = env;
  if (isHelperCall(insns, i) && insns.imm[i] === BPF_FUNC.tail_call) {
    subprog.hasTailCall = true;
    subprog.tailCallReachable = true;
  }
  const code = insns.code[i];
  if (classOf(code) === BPF_LD && (modeOf(code) === BPF_ABS || modeOf(code) === BPF_IND)) {
    subprog.hasLdAbs = true;
  }
}

function endsSubprog(code: number): boolean {
  return code === (BPF_JMP | BPF_EXIT) || code === (BPF_JMP32 | BPF_JA) || code === (BPF_JMP | BPF_JA);
}

/** check_subprogs(): jumps stay within their subprogram, which ends in an exit or a jump. */
export function checkSubprogs(env: VerifierEnv): number {
  const { insns, subprogs } = env;
  let current = 0;
  for (let i = 0; i < insns.length; i++) {
    const code = insns.code[i];
    const end = env.subprogEnd(current);
    noteSpecialInsn(env, subprogs[current], i);
    if (isJumpClass(code) && opOf(code) !== BPF_EXIT && opOf(code) !== BPF_CALL) {
      const target = i + jmpOffset(insns, i) + 1;
      if (target < subprogs[current].start || target >= end) {
        return reject(env, EINVAL, 'jump out of range from insn %d to %d\n', i, target);
      }
    }
    if (i !== end - 1) continue;
    if (!endsSubprog(code)) {
      return reject(env, EINVAL, 'last insn is not an exit or jmp\n');
    }
    current++;
  }
  return 0;
}
