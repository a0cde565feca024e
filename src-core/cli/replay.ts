import { parseTape, replayTape } from '../bpf/tape.ts';
import type { Firing, HostEvent } from '../sim/events.ts';
import { pointKey } from '../sim/events.ts';
import { parse } from './args.ts';
import { readBytes, vmlinuxBtf } from './load-file.ts';
import { EXIT, UsageError } from './usage.ts';

/** "1.000000 packet in on 2", then a line a program. */
function eventText(event: HostEvent, firings: readonly Firing[]): string[] {
  const what = 'name' in event ? ` ${event.name}` : 'hook' in event ? ` ${event.hook}` : '';
  return [
    `${event.kind}${what}`,
    ...firings.flatMap((f) => [
      `  ${(f.at / 1e9).toFixed(6)} [${f.cpu}] ${pointKey(f.point)} ${f.prog}: ${
        f.error ?? `${f.retval}${f.verdict === null ? '' : ` ${f.verdict}`}`
      }`,
      ...f.trace.map((line) => `    ${line.replace(/\n$/, '')}`),
    ]),
  ];
}

/** `xlated replay TAPE`: plays a recording again; 1 when something is not as it was. */
export function replayCommand(argv: readonly string[]): number {
  const { files, values } = parse(argv, { json: 'boolean' } as const);
  if (files.length !== 1) throw new UsageError('replay: name one tape');
  const tape = parseTape(new TextDecoder().decode(readBytes(files[0])));
  const { firings, difference } = replayTape(tape, vmlinuxBtf);
  if (values.json) console.log(JSON.stringify({ file: files[0], firings, difference }));
  else for (const [i, event] of tape.events.entries()) console.log(eventText(event, firings[i]).join('\n'));
  if (difference === null) return EXIT.ok;
  console.error(`${files[0]}: ${difference}`);
  return EXIT.rejected;
}
