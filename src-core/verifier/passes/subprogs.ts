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
import { BPF_MAX_SUBPROGS } from '../../platform/limits.ts';
import { reject, verbose } from '../log/verbose.ts';
import { BPF_LOG_LEVEL2, SubprogInfo, type VerifierEnv } from '../state/env.ts';
import { E2BIG, EINVAL } from '../state/errno.ts';
import { Unsupported } from '../state/unsupported.ts';
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

/** add_kfunc_call(); a call that names no function waits for dead code elimination. */
function addKfuncCall(env: VerifierEnv, insn: number): number {
  if (!isGplCompatible(env.input.license)) {
    return reject(env, EINVAL, 'cannot call kernel function from non-GPL compatible program\n');
  }
  const { imm, off } = env.insns;
  if (imm[insn] === 0 && off[insn] === 0) return 0;
  const name = env.vmlinux?.has(imm[insn]) ? env.vmlinux.nameOf(imm[insn]) : `of BTF id ${imm[insn]}`;
  throw new Unsupported(`kfunc ${name}`);
}

/** add_subprog_and_kfunc(): the program's subprograms from its calls and function loads. */
export function addSubprogAndKfunc(env: VerifierEnv): number {
  const { insns } = env;
  let err = addSubprog(env, 0);
  for (let i = 0; i < insns.length && err === 0; i++) {
    if (isFuncLoad(insns, i) || isSubprogCall(insns, i)) err = addSubprog(env, i + insns.imm[i] + 1);
    else if (isKfuncCall(insns, i)) err = addKfuncCall(env, i);
  }
  if (err !== 0) return err;
  rejectExceptionCallback(env);
  if ((env.log.level & BPF_LOG_LEVEL2) !== 0) {
    env.subprogs.forEach((subprog, i) => {
      verbose(env, 'func#%d @%d\n', i, subprog.start);
    });
  }
  return 0;
}

/** bpf_find_exception_callback_insn_off(): exceptions are kfunc matters, not modelled. */
function rejectExceptionCallback(env: VerifierEnv): void {
  const { btf } = env;
  if (btf === null || env.input.funcInfo.length === 0) return;
  const view = new DataView(env.input.funcInfo.buffer, env.input.funcInfo.byteOffset);
  const mainId = view.getUint32(4, true);
  for (let id = 1; id < btf.nrTypes; id++) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const tag = btf.typeById(id);
    if (tag.kind === 'decl_tag' && tag.type === mainId && tag.name.startsWith('exception_callback:')) {
      throw new Unsupported(tag.name);
    }
  }
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
