import { FRAME_SIZE, FUEL, MAX_LOOPS } from '../abi.ts';
import type { FunctionBuilder } from '../wasm/function-builder.ts';
import { type Emit, FAULT_FUEL, FAULT_INSTRUCTION, type Imports } from './context.ts';

const E2BIG = 7;
const EINVAL = 22;

/**
 * r0 = bpf_loop(r1, r2, r3, r4):
 *
 *   if (r4 != 0) r0 = -EINVAL
 *   else if (r1 > BPF_MAX_LOOPS) r0 = (u32)-E2BIG, as inline_bpf_loop() has it
 *   else r0 = loop(r1, r2, r3, fp - frame)
 */
export function emitLoopCall({ f, r, imports }: Emit): void {
  f.get(r[4]).op('i64_eqz').if();
  f.get(r[1]).op('i32_wrap_i64').i32(MAX_LOOPS).op('i32_gt_u').if();
  f.i64(-E2BIG, 0).set(r[0]);
  f.else();
  f.get(r[1]).op('i32_wrap_i64').get(r[2]).op('i32_wrap_i64').get(r[3]);
  f.get(r[10]).i64(FRAME_SIZE, 0).op('i64_sub').call(imports.loop).set(r[0]);
  f.end();
  f.else().i64(-EINVAL, -1).set(r[0]).end();
}

/**
 * The body of loop(rounds i32, slot i32, ctx i64, fp i64) -> i64:
 *
 *   for (i = 0; i <u rounds; ) { fuel; stop = subprogram(slot)(i++, ctx, 0, 0, 0, fp); if (stop) break }
 *   return i
 */
export function emitLoop(f: FunctionBuilder, imports: Imports, targets: readonly number[]): void {
  const [rounds, slot, ctx, fp] = [f.i32Param(0), f.i32Param(1), f.i64Param(2), f.i64Param(3)];
  const [round, left, stop] = [f.i32Local(), f.i32Local(), f.i64Local()];
  const done = f.block();
  const again = f.loop();
  f.get(round).get(rounds).op('i32_ge_u').brIf(done);
  f.i32(0).i32(0).mem('i32_load', FUEL).i32(1).op('i32_sub').tee(left).mem('i32_store', FUEL);
  f.get(left).i32(0).op('i32_lt_s').if();
  f.i32(FAULT_FUEL).get(slot).call(imports.fault).end();
  const called = f.block();
  for (const target of targets) {
    const subprogram = imports.subprogram.get(target);
    if (subprogram === undefined) continue;
    f.get(slot).i32(target).op('i32_eq').if();
    f.get(round).op('i64_extend_i32_u').get(ctx).i64(0, 0).i64(0, 0).i64(0, 0).get(fp);
    f.call(subprogram).set(stop).br(called).end();
  }
  f.i32(FAULT_INSTRUCTION).get(slot).call(imports.fault);
  f.end();
  f.get(round).i32(1).op('i32_add').set(round);
  f.get(stop).op('i64_eqz').brIf(again);
  f.end().end();
  f.get(round).op('i64_extend_i32_u');
}
