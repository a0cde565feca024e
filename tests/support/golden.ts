/** A recorded answer of the kernel for one program: a header, then sections "== name" with their text. */
export interface Golden {
  readonly kernel: string;
  readonly recorded: string;
  readonly sections: ReadonlyMap<string, string>;
}

export function parseGolden(text: string): Golden {
  const [head, ...parts] = text.split(/^== /m);
  const field = (name: string): string => new RegExp(`^# ${name}: (.*)$`, 'm').exec(head)?.[1] ?? '';
  const sections = new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  return { kernel: field('kernel'), recorded: field('recorded'), sections };
}

export function printGolden(g: Golden): string {
  const sections = [...g.sections].map(
    ([name, text]) => `== ${name}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}`,
  );
  return `# kernel: ${g.kernel}\n# recorded: ${g.recorded}\n# by: npm run goldens\n${sections.join('')}`;
}

/** First line that differs, for a person; null when the texts are equal. */
export function firstDifference(expected: string, actual: string): string | null {
  const a = expected.split('\n');
  const b = actual.split('\n');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return `line ${i + 1}\n  kernel: ${a[i] ?? '(end)'}\n  ours:   ${b[i] ?? '(end)'}`;
  }
  return null;
}
