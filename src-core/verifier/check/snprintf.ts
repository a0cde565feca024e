import { reject } from '../log/verbose.ts';
import type { VerifierEnv } from '../state/env.ts';
import { EINVAL } from '../state/errno.ts';
import { readConstStr } from './helper-args.ts';
import { valLo } from './regs.ts';

const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);
const isPrint = (c: number): boolean => c >= 32 && c < 127;
const isAlnum = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
/** End of string, blank or punctuation: a pointer or string conversion ends here. */
const endsSpec = (c: number): boolean => c === 0 || isSpace(c) || (isPrint(c) && !isAlnum(c) && c !== 32);
const is = (c: number, letters: string): boolean => c !== 0 && letters.includes(String.fromCharCode(c));

/** %p and its kin, `i` at the p: index of the last character, or -1 if the kernel knows no such thing. */
function pointerSpec(at: (i: number) => number, i: number): number {
  if (endsSpec(at(i + 1))) return i;
  if (is(at(i + 1), 'ku') && is(at(i + 2), 's')) return endsSpec(at(i + 3)) ? i + 2 : -1;
  if (is(at(i + 1), 'KxsSB')) return i + 1;
  return is(at(i + 1), 'iI') && is(at(i + 2), '46') ? i + 2 : -1;
}

/** One conversion, `i` after the percent sign: index of its last character, or -1. */
function conversion(at: (i: number) => number, start: number): number {
  let i = start;
  while (is(at(i), '0+- ')) i++;
  if (is(at(i), '123456789')) {
    i++;
    while (is(at(i), '0123456789')) i++;
  }
  if (is(at(i), 'p')) return pointerSpec(at, i);
  if (is(at(i), 's')) return endsSpec(at(i + 1)) ? i : -1;
  if (is(at(i), 'c')) return i;
  if (is(at(i), 'l')) i++;
  if (is(at(i), 'l')) i++;
  return is(at(i), 'iduxX') ? i : -1;
}

/** bpf_bprintf_prepare(), the part that looks at the format: are there at most `args` conversions, all known? */
function formatIsValid(fmt: readonly number[], args: number): boolean {
  const at = (i: number): number => fmt[i] ?? 0;
  let specs = 0;
  for (let i = 0; i < fmt.length; i++) {
    if (!isPrint(fmt[i]) && !isSpace(fmt[i])) return false;
    if (!is(fmt[i], '%')) continue;
    if (is(at(i + 1), '%')) {
      i++;
      continue;
    }
    if (specs >= args) return false;
    i = conversion(at, i + 1);
    if (i < 0) return false;
    specs++;
  }
  return true;
}

/** check_bpf_snprintf_call(), Linux 6.18. */
export function checkSnprintfFormat(env: VerifierEnv): number {
  const bytes = valLo(env.reg(5));
  if (bytes % 8 !== 0) return -EINVAL;
  const fmt = readConstStr(env, env.reg(3));
  if (fmt !== null && formatIsValid(fmt, bytes / 8)) return 0;
  return reject(env, EINVAL, 'Invalid format string\n');
}
