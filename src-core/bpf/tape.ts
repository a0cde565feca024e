import type { Btf } from '../btf/btf.ts';
import { loadElf } from '../object/load.ts';
import type { Firing, HostEvent } from '../sim/events.ts';
import { fromHex, toHex } from '../sim/hex.ts';
import { InputError } from '../util/input-error.ts';
import { attachProgram } from './attach.ts';
import { type MapContents, mapContents } from './contents.ts';
import { SimKernel } from './kernel.ts';
import { loadProgram, type ObjectSession, openIn } from './session.ts';

/** What a tape starts from: an object, and which of its programs are attached. */
export interface TapeStart {
  readonly name: string;
  /** The object file in hexadecimal. */
  readonly object: string;
  readonly programs: readonly string[];
}

/** A recording: events, what they did, and the maps behind them. Playing it again gives the same, byte for byte. */
export interface Tape extends TapeStart {
  readonly version: 1;
  readonly events: readonly HostEvent[];
  readonly firings: readonly (readonly Firing[])[];
  readonly maps: readonly MapContents[];
}

/** An object whose programs are attached to a host of its own. */
export interface Stage {
  readonly session: ObjectSession;
  fire(event: HostEvent): Firing[];
  maps(): MapContents[];
}

/** Loads and attaches the programs of a tape. Throws InputError where that cannot be. */
export function setStage(start: TapeStart, vmlinux: () => Btf | null): Stage {
  const bytes = fromHex(start.object);
  const first = loadElf(bytes, start.name, { vmlinux: null });
  const spec = first.needsVmlinux ? loadElf(bytes, start.name, { vmlinux: vmlinux() }) : first;
  const kernel = SimKernel.create({ vmlinux });
  const session = openIn(kernel, spec);
  for (const name of start.programs) {
    const prog = spec.programs.find((p) => p.name === name);
    if (prog === undefined) throw new InputError(`the tape's object has no program "${name}"`);
    const out = loadProgram(session, prog, { level: 1, onEvent: null, shouldStop: null });
    if (out.fd === null) throw new InputError(`${name}: ${out.verdict}: ${out.message ?? ''}`);
    const link = attachProgram(kernel, prog, out.fd);
    if (!link.ok) throw new InputError(`${name}: ${link.why}`);
  }
  return { session, fire: (event) => kernel.fire(event), maps: () => mapContents(session) };
}

/** Lets the events happen and writes down what they do. */
export function recordTape(
  object: Uint8Array,
  how: { readonly name: string; readonly programs: readonly string[]; readonly events: readonly HostEvent[] },
  vmlinux: () => Btf | null,
): Tape {
  const start = { name: how.name, object: toHex(object), programs: how.programs };
  const stage = setStage(start, vmlinux);
  const firings = how.events.map((event) => stage.fire(event));
  return { version: 1, ...start, events: how.events, firings, maps: stage.maps() };
}

/** How playing a tape again went. */
export interface Replay {
  readonly firings: readonly (readonly Firing[])[];
  /** The first thing that was not as on the tape, or null. */
  readonly difference: string | null;
}

/** Plays a tape again and compares. */
export function replayTape(tape: Tape, vmlinux: () => Btf | null): Replay {
  const stage = setStage(tape, vmlinux);
  const firings = tape.events.map((event) => stage.fire(event));
  const wrong = firings.findIndex((f, i) => JSON.stringify(f) !== JSON.stringify(tape.firings[i]));
  if (wrong >= 0) {
    const [was, is] = [tape.firings[wrong], firings[wrong]].map((f) => JSON.stringify(f));
    return { firings, difference: `event ${wrong + 1}: the tape has ${was}, now it is ${is}` };
  }
  const maps = stage.maps();
  const same = JSON.stringify(maps) === JSON.stringify(tape.maps);
  return { firings, difference: same ? null : 'the maps at the end are not those of the tape' };
}

/** A tape from its text. Throws InputError for what is none. */
export function parseTape(text: string): Tape {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError('a tape is JSON; this is not');
  }
  const tape = value as Partial<Tape> | null;
  const lists = [tape?.events, tape?.firings, tape?.maps, tape?.programs];
  const whole =
    typeof tape?.object === 'string' && typeof tape.name === 'string' && lists.every(Array.isArray);
  if (tape?.version !== 1 || !whole) throw new InputError('this is no tape of version 1');
  return tape as Tape;
}
