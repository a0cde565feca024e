import type { ObjectSession } from '../../src-core/bpf/session.ts';
import { PER_CPU_TYPES, round8, WALKABLE_TYPES } from '../kernel/run-on-kernel.ts';
import { elementText, runText } from './project-programs.ts';

/** A test run on our side, with what it left in the maps, as comparable text. */
export function runHere(
  session: ObjectSession,
  fd: number,
  packet: Uint8Array,
  engine: 'jit' | 'interp',
): string {
  const { kernel, spec, maps } = session;
  const run = kernel.testRun(fd, { dataIn: packet, ctxIn: new Uint8Array(0), repeat: 1, engine });
  if (!run.ok) return `errno ${run.errno}`;
  const contents = spec.maps.flatMap((map, i) => {
    const mapFd = maps.ok ? maps.fds[i] : null;
    if (mapFd === null || !WALKABLE_TYPES.includes(map.type)) return [];
    const stride = PER_CPU_TYPES.includes(map.type) ? round8(map.valueSize) : map.valueSize;
    const elements = kernel.maps.entries(mapFd, 100_000).map((e) => elementText(e.key, e.value, stride));
    return [{ name: map.name, elements }];
  });
  return runText({ retval: run.retval, dataOut: run.dataOut, maps: contents });
}
