import { Activation, type ActivationInit } from './activation.ts';
import { DEFAULT_FUEL, type EngineName, type EngineProgram } from './engine.ts';
import { storageSize } from './helpers/storage-helpers.ts';
import { Machine } from './interpreter/machine.ts';
import { VmProgram } from './program.ts';
import type { Runtime } from './runtime.ts';

/** Runs a program to its end; its r0 stands in the activation. A VmFault means that it could not end. */
export function runProgram(rt: Runtime, activation: Activation): void {
  runRepeatedly(rt, activation, 1);
}

/** The same several times, one after the other on the same context; the last result counts. */
export function runRepeatedly(rt: Runtime, activation: Activation, times: number): void {
  // Compilation may move the memory, so it comes before the stack is known.
  const code = activation.engine === 'jit' ? activation.program.jit : null;
  const stackTop = rt.enter(activation);
  try {
    for (let i = 0; i < times; i++) {
      if (i > 0) rt.again(activation);
      if (code === null) {
        new Machine(rt, activation, stackTop).run();
        continue;
      }
      activation.running = code;
      code.enter(activation.ctx, activation.r2, stackTop);
    }
    if (code !== null) {
      activation.r0Lo = rt.resultLo;
      activation.r0Hi = rt.resultHi;
    }
  } finally {
    rt.leave();
    for (const [map, at] of activation.storage) rt.memory.release(at, storageSize(rt, map));
  }
}

/** What `runCode` may be told; the rest is the runtime's own. */
export type RunCode = Partial<Pick<ActivationInit, 'ctx' | 'r2' | 'fuel' | 'packet'>>;

/** Runs instructions that need no loading, verified or not. */
export function runCode(rt: Runtime, code: EngineProgram, engine: EngineName, how: RunCode = {}): Activation {
  const activation = new Activation({
    program: new VmProgram(rt, 0, code),
    engine,
    ctx: 0,
    packet: null,
    task: rt.options.task,
    cpu: 0,
    fuel: DEFAULT_FUEL,
    ...how,
  });
  runProgram(rt, activation);
  return activation;
}
