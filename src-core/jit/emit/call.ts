import type { Insn } from '../../isa/decode.ts';
import type { FormMeaning } from '../../isa/table.ts';
import {
  ARGS,
  CALL_SLOT,
  CALLER_FP,
  FRAME_SIZE,
  FUEL,
  LOOP_ID,
  MAP_LOOKUP_ID,
  RET,
  TAIL_CALL_ID,
  takesCallback,
} from '../abi.ts';
import { type Emit, FAULT_HELPER, FAULT_INSTRUCTION } from './context.ts';
import { emitKnownLookup } from './known-lookup.ts';
import { emitLoopCall } from './loop.ts';

/** r0 = scratch result */
function emitResult(e: Emit): void {
  e.f.i32(0).mem('i64_load', RET).set(e.r[0]);
}

function emitArgs(e: Emit, count: number): void {
  for (let n = 1; n <= count; n++) {
    e.f
      .i32(0)
      .get(e.r[n])
      .mem('i64_store', ARGS + (n - 1) * 8);
  }
}

/**
 * What this function spent leaves the scratch, where functions that it called took theirs already:
 *
 *   FUEL -= start - left
 */
export function emitFuelSpent({ f, fuel }: Emit): void {
  if (fuel === null) return;
  f.i32(0).i32(0).mem('i32_load', FUEL).get(fuel.start).get(fuel.left).op('i32_sub').op('i32_sub');
  f.mem('i32_store', FUEL);
}

/** fault(reason, slot); unreachable */
export function emitFault(e: Emit, reason: number, slot: number): void {
  e.f.i32(reason).i32(slot).call(e.imports.fault).op('unreachable');
}

/** scratch slot = slot */
function emitSlot(e: Emit, slot: number): void {
  e.f.i32(0).i32(slot).mem('i32_store', CALL_SLOT);
}

/** if (tail_call(fp)) return scratch result */
function emitTailCall(e: Emit, slot: number): void {
  emitSlot(e, slot);
  emitArgs(e, 3);
  e.f.get(e.r[10]).op('i32_wrap_i64').call(e.imports.tailCall);
  e.f.if();
  emitFuelSpent(e);
  e.f.i32(0).mem('i64_load', RET).op('return').end();
}

/** r0 = helper(r1..r5); map lookups stay in Wasm. */
function emitHelper(e: Emit, slot: number, id: number): void {
  if (id === TAIL_CALL_ID) return emitTailCall(e, slot);
  if (id === LOOP_ID) return emitLoopCall(e);
  if (id === MAP_LOOKUP_ID) {
    const map = e.known.of(1);
    if (map !== null && emitKnownLookup(e, map)) return;
    emitSlot(e, slot);
    e.f.get(e.r[2]).op('i32_wrap_i64').get(e.r[1]).op('i32_wrap_i64').call(e.imports.mapLookup);
    e.f.op('i64_extend_i32_u').set(e.r[0]);
    return;
  }
  const helper = e.imports.helper.get(id);
  if (helper === undefined) return emitFault(e, FAULT_HELPER, slot);
  emitSlot(e, slot);
  if (takesCallback(id)) e.f.i32(0).get(e.r[10]).op('i32_wrap_i64').mem('i32_store', CALLER_FP);
  emitArgs(e, helper.args);
  e.f.call(helper.index);
  emitResult(e);
}

/** r0 = the helper whose id is in dst, of r1..r5 */
export function emitCallx(e: Emit, slot: number, insn: Insn): void {
  emitSlot(e, slot);
  emitArgs(e, 5);
  e.f.get(e.r[insn.raw.dst]).op('i32_wrap_i64').call(e.imports.helperById);
  emitResult(e);
}

/** r0 = subprogram(r1..r5, fp - frame) */
function emitLocalCall(e: Emit, slot: number, insn: Insn): void {
  const target = e.imports.subprogram.get(slot + 1 + insn.raw.imm);
  if (target === undefined) return emitFault(e, FAULT_INSTRUCTION, slot);
  for (let n = 1; n <= 5; n++) e.f.get(e.r[n]);
  e.f.get(e.r[10]).i64(FRAME_SIZE, 0).op('i64_sub');
  e.f.call(target).set(e.r[0]);
}

export function emitCall(
  e: Emit,
  slot: number,
  insn: Insn,
  what: Extract<FormMeaning, { kind: 'call' }>,
): void {
  switch (what.what) {
    case 'helper':
      return emitHelper(e, slot, insn.raw.imm);
    case 'local':
      return emitLocalCall(e, slot, insn);
    default:
      return emitFault(e, FAULT_HELPER, slot);
  }
}

/** r0 = packet bytes in host order, or return 0 when they are not there (BPF_LD_ABS, BPF_LD_IND). */
export function emitPacketLoad(
  e: Emit,
  insn: Insn,
  what: Extract<FormMeaning, { kind: 'ldAbs' | 'ldInd' }>,
): void {
  const { f } = e;
  f.i32(insn.raw.imm);
  if (what.kind === 'ldInd') f.get(e.r[insn.raw.src]).op('i32_wrap_i64').op('i32_add');
  f.i32(what.bytes).call(e.imports.packetLoad);
  f.op('i32_eqz').if();
  emitFuelSpent(e);
  f.i64(0, 0).op('return').end();
  emitResult(e);
}
