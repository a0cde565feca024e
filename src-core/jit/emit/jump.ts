import type { Insn } from '../../isa/decode.ts';
import type { FormMeaning, JmpOp } from '../../isa/table.ts';
import type { WasmOp } from '../wasm/opcodes.ts';
import type { Emit } from './context.ts';

const COMPARE: Record<Exclude<JmpOp, 'jset'>, readonly [WasmOp, WasmOp]> = {
  jeq: ['i64_eq', 'i32_eq'],
  jne: ['i64_ne', 'i32_ne'],
  jgt: ['i64_gt_u', 'i32_gt_u'],
  jge: ['i64_ge_u', 'i32_ge_u'],
  jlt: ['i64_lt_u', 'i32_lt_u'],
  jle: ['i64_le_u', 'i32_le_u'],
  jsgt: ['i64_gt_s', 'i32_gt_s'],
  jsge: ['i64_ge_s', 'i32_ge_s'],
  jslt: ['i64_lt_s', 'i32_lt_s'],
  jsle: ['i64_le_s', 'i32_le_s'],
};

function emitCompare(e: Emit, { raw }: Insn, what: Extract<FormMeaning, { kind: 'jmp' }>): void {
  const { f, r } = e;
  const wide = what.width === 64;
  f.get(r[raw.dst]);
  if (!wide) f.op('i32_wrap_i64');
  if (what.operand === 'reg') {
    f.get(r[raw.src]);
    if (!wide) f.op('i32_wrap_i64');
  } else if (wide) {
    f.i64(raw.imm, raw.imm >> 31);
  } else {
    f.i32(raw.imm);
  }
  if (what.op !== 'jset') {
    f.op(COMPARE[what.op][wide ? 0 : 1] as 'i64_eq');
  } else if (wide) {
    f.op('i64_and').i64(0, 0).op('i64_ne');
  } else {
    f.op('i32_and');
  }
}

/** may_goto: jumps when the frame's rounds are used up, else takes one. */
function emitMayGoto(e: Emit): void {
  const { f, mayGoto } = e;
  if (mayGoto === null) return;
  f.get(mayGoto).op('i32_eqz');
  f.get(mayGoto).get(mayGoto).i32(0).op('i32_ne').op('i32_sub').set(mayGoto);
}

/** Pushes 1 when the conditional transfer goes. */
export function emitCondition(e: Emit, insn: Insn): void {
  if (insn.meaning.kind === 'jmp') emitCompare(e, insn, insn.meaning);
  else emitMayGoto(e);
}
