/** A conversion that bpf_bprintf_prepare() takes; a string's must end at white space, punctuation or the end. */
const CONVERSION =
  /%(?:(?<percent>%)|[0+\- ]*(?:[1-9]\d*)?(?:(?:p|p[ku]s|s)(?=[\s!-/:-@[-`{-~]|$)|p[KxsSB]|p[iI][46]|c|l{0,2}[iduxX]))/y;

/** Printable ASCII or white space. */
const PLAIN = /^[\x20-\x7e\t-\r]*$/;

/**
 * True when the kernel takes a format for `values` values (bpf_bprintf_prepare(), Linux 6.18): only known
 * conversions, no more of them than values.
 */
export function formatTaken(format: string, values: number): boolean {
  if (!PLAIN.test(format)) return false;
  let used = 0;
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', at)) {
    CONVERSION.lastIndex = at;
    const match = CONVERSION.exec(format);
    if (match === null) return false;
    if (match.groups?.percent === undefined && ++used > values) return false;
    at += match[0].length;
  }
  return true;
}
