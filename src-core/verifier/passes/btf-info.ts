import type { Btf } from '../../btf/btf.ts';
import { reject } from '../log/verbose.ts';
import type { LineInfo, SubprogInfo, VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';

const FUNC_INFO_SIZE = 8;
const LINE_INFO_SIZE = 16;

interface FuncInfo {
  readonly insnOff: number;
  readonly typeId: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function funcInfos(env: VerifierEnv): FuncInfo[] {
  const view = viewOf(env.input.funcInfo);
  return Array.from({ length: Math.floor(view.byteLength / FUNC_INFO_SIZE) }, (_, i) => ({
    insnOff: view.getUint32(i * FUNC_INFO_SIZE, true),
    typeId: view.getUint32(i * FUNC_INFO_SIZE + 4, true),
  }));
}

function lineInfos(env: VerifierEnv): LineInfo[] {
  const view = viewOf(env.input.lineInfo);
  return Array.from({ length: Math.floor(view.byteLength / LINE_INFO_SIZE) }, (_, i) => ({
    insnOff: view.getUint32(i * LINE_INFO_SIZE, true),
    fileNameOff: view.getUint32(i * LINE_INFO_SIZE + 4, true),
    lineOff: view.getUint32(i * LINE_INFO_SIZE + 8, true),
    lineCol: view.getUint32(i * LINE_INFO_SIZE + 12, true),
  }));
}

/** check_abnormal_return(): without BTF no subprogram may leave by LD_ABS or a tail call. */
function checkAbnormalReturn(env: VerifierEnv): number {
  for (const subprog of env.subprogs.slice(1)) {
    if (subprog.hasLdAbs) {
      return reject(env, EINVAL, 'LD_ABS is not allowed in subprogs without BTF\n');
    }
    if (subprog.hasTailCall) {
      return reject(env, EINVAL, 'tail_call is not allowed in subprogs without BTF\n');
    }
  }
  return 0;
}

/** check_btf_func_early(): records in order, each naming a FUNC. */
function checkFuncInfoEarly(env: VerifierEnv, btf: Btf): number {
  let previous = 0;
  for (const [i, info] of funcInfos(env).entries()) {
    if (i === 0 && info.insnOff !== 0) {
      return reject(env, EINVAL, 'nonzero insn_off %u for the first func info record', info.insnOff);
    }
    if (i > 0 && info.insnOff <= previous) {
      return reject(
        env,
        EINVAL,
        'same or smaller insn offset (%u) than previous func info record (%u)',
        info.insnOff,
        previous,
      );
    }
    if (!btf.has(info.typeId) || btf.kindOf(info.typeId) !== 'func') {
      return reject(env, EINVAL, 'invalid type id %d in func info', info.typeId | 0);
    }
    previous = info.insnOff;
  }
  return 0;
}

function hasInfo(env: VerifierEnv): boolean {
  return env.input.funcInfo.length > 0 || env.input.lineInfo.length > 0;
}

/** check_btf_info_early(): before the subprograms are known. */
export function checkBtfInfoEarly(env: VerifierEnv): number {
  if (!hasInfo(env)) return 0;
  if (env.btf === null) return -EINVAL;
  return checkFuncInfoEarly(env, env.btf);
}

/** Does the function return an integer of at most 64 bits, or an enum? */
function returnsScalar(btf: Btf, funcId: number): boolean {
  const func = btf.typeById(funcId);
  const proto = func.kind === 'func' ? btf.typeById(func.type) : func;
  if (proto.kind !== 'func_proto') return false;
  const ret = btf.typeById(btf.skipModsAndTypedefs(proto.type));
  return (ret.kind === 'int' && ret.size <= 8) || ret.kind === 'enum' || ret.kind === 'enum64';
}

function noteFunc(subprog: SubprogInfo, btf: Btf, typeId: number): void {
  const func = btf.typeById(typeId);
  if (func.kind !== 'func') return;
  subprog.name = func.name;
  subprog.btfId = typeId;
  subprog.linkageGlobal = func.linkage === 1;
}

/** check_btf_func(): the records match the subprograms, which learn their names. */
function checkFuncInfo(env: VerifierEnv, btf: Btf): number {
  const infos = funcInfos(env);
  if (infos.length === 0) return checkAbnormalReturn(env);
  if (infos.length !== env.subprogs.length) {
    return reject(env, EINVAL, "number of funcs in func_info doesn't match number of subprogs\n");
  }
  for (const [i, subprog] of env.subprogs.entries()) {
    if (subprog.start !== infos[i].insnOff) {
      return reject(env, EINVAL, "func_info BTF section doesn't match subprog layout in BPF program\n");
    }
    noteFunc(subprog, btf, infos[i].typeId);
    if (i === 0 || returnsScalar(btf, infos[i].typeId)) continue;
    if (subprog.hasLdAbs) {
      return reject(env, EINVAL, "LD_ABS is only allowed in functions that return 'int'.\n");
    }
    if (subprog.hasTailCall) {
      return reject(env, EINVAL, "tail_call is only allowed in functions that return 'int'.\n");
    }
  }
  return 0;
}

/** One record against the program and the strings; 0 or -errno. */
function checkLine(env: VerifierEnv, btf: Btf, lines: readonly LineInfo[], i: number): number {
  const { insnOff, lineOff, fileNameOff } = lines[i];
  const previous = i === 0 ? 0 : lines[i - 1].insnOff;
  if ((i > 0 && insnOff <= previous) || insnOff >= env.insns.length) {
    return reject(
      env,
      EINVAL,
      'Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n',
      i,
      insnOff,
      previous,
      env.insns.length,
    );
  }
  if (env.insns.code[insnOff] === 0) {
    return reject(env, EINVAL, 'Invalid insn code at line_info[%u].insn_off\n', i);
  }
  if (!btf.hasString(lineOff) || !btf.hasString(fileNameOff)) {
    return reject(env, EINVAL, 'Invalid line_info[%u].line_off or .file_name_off\n', i);
  }
  return 0;
}

/** check_btf_line(): records in order, one at the start of each subprogram. */
function checkLineInfo(env: VerifierEnv, btf: Btf): number {
  const lines = lineInfos(env);
  if (lines.length === 0) return 0;
  let next = 0;
  for (let i = 0; i < lines.length; i++) {
    const err = checkLine(env, btf, lines, i);
    if (err !== 0) return err;
    if (next === env.subprogs.length) continue;
    const { start } = env.subprogs[next];
    if (lines[i].insnOff === start) {
      env.subprogs[next].linfoIdx = i;
      next++;
    } else if (start < lines[i].insnOff) {
      return reject(env, EINVAL, 'missing bpf_line_info for func#%u\n', next);
    }
  }
  if (next !== env.subprogs.length) {
    return reject(
      env,
      EINVAL,
      'missing bpf_line_info for %u funcs starting from func#%u\n',
      env.subprogs.length - next,
      next,
    );
  }
  env.lineInfo = lines;
  return 0;
}

/** check_btf_info(): function and line records against the program. */
export function checkBtfInfo(env: VerifierEnv): number {
  if (!hasInfo(env)) return checkAbnormalReturn(env);
  if (env.btf === null) return -EINVAL;
  const err = checkFuncInfo(env, env.btf);
  return err !== 0 ? err : checkLineInfo(env, env.btf);
}
