import { VmFault } from '../vm/fault.ts';
import type { Runtime } from '../vm/runtime.ts';
import type { EventValue } from './events.ts';
import { fromHex } from './hex.ts';

export type EventArguments = readonly EventValue[];

/** Arguments as numbers; texts and bytes lie in memory until they are disposed of. */
export interface MadeArguments {
  readonly values: number[];
  dispose(): void;
}

function bytesOf(value: Exclude<EventValue, number>): Uint8Array {
  if ('bytes' in value) return fromHex(value.bytes);
  return new TextEncoder().encode(`${value.text}\0`);
}

/** Puts what arguments point to in memory; a text is the task's own memory, bytes are the kernel's. */
export function makeArguments(rt: Runtime, args: EventArguments): MadeArguments {
  const blocks: { readonly at: number; readonly size: number }[] = [];
  const values = args.map((arg) => {
    if (typeof arg === 'number') return arg;
    const bytes = bytesOf(arg);
    const at = rt.memory.alloc(bytes.length);
    if (at === null) throw new VmFault('memory', 'no memory for an argument');
    rt.memory.bytes.set(bytes, at);
    blocks.push({ at, size: bytes.length });
    if ('text' in arg) rt.userMemory.set(at, bytes.length);
    return at;
  });
  return {
    values,
    dispose: () => {
      for (const { at, size } of blocks) {
        rt.userMemory.delete(at);
        rt.memory.release(at, size);
      }
    },
  };
}
