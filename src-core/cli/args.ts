import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

/** `strings`: an option that may be given several times. */
type Kind = 'string' | 'strings' | 'boolean';
export type Options = Readonly<Record<string, Kind>>;
type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends 'boolean'
    ? boolean
    : O[K] extends 'strings'
      ? readonly string[]
      : string | null;
};

const NOT_GIVEN = { boolean: false, string: null, strings: [] } as const;

/** Parses `--name value` options and positionals; anything unknown is a UsageError. */
export function parse<O extends Options>(
  argv: readonly string[],
  options: O,
): { readonly values: Values<O>; readonly files: readonly string[] } {
  try {
    const config = Object.fromEntries(
      Object.entries(options).map(([name, kind]) => {
        const type = kind === 'boolean' ? ('boolean' as const) : ('string' as const);
        const multiple = kind === 'strings';
        return [name, name.length === 1 ? { type, multiple, short: name } : { type, multiple }];
      }),
    );
    const { values, positionals } = parseArgs({ args: [...argv], options: config, allowPositionals: true });
    const filled = Object.fromEntries(
      Object.entries(options).map(([name, type]) => [name, values[name] ?? NOT_GIVEN[type]]),
    );
    return { values: filled as Values<O>, files: positionals };
  } catch (e) {
    throw new UsageError(e instanceof Error ? e.message : String(e));
  }
}

/** One of the listed words. */
export function oneOf<T extends string>(
  name: string,
  value: string | null,
  allowed: readonly T[],
  fallback: T,
): T {
  if (value === null) return fallback;
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw new UsageError(`--${name} takes ${allowed.join(', ')}; not "${value}"`);
  return found;
}

/** A whole number from 1 up. */
export function count(name: string, value: string | null, fallback: number): number {
  if (value === null) return fallback;
  const n = Number(value);
  if (!Number.isInteger(n) || n < 1)
    throw new UsageError(`--${name} takes a whole number from 1 up; not "${value}"`);
  return n;
}
