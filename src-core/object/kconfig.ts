import type { Extern, KcfgPlace } from './model.ts';

/** Values of the reference kernel that libbpf fills in itself. */
export interface KernelFacts {
  /** `KERNEL_VERSION(a, b, c)`. */
  readonly version: number;
  /** Text of /proc/config.gz, or null when it is not known. */
  readonly config: string | null;
}

/** KERNEL_VERSION(6, 18, 44). */
export const REFERENCE_VERSION = (6 << 16) | (18 << 8) | 44;

/** Fills the .kconfig map's bytes; what goes wrong is left in the externs (bpf_object__resolve_externs()). */
export function fillKconfig(externs: readonly Extern[], data: Uint8Array, facts: KernelFacts): void {
  const config = facts.config === null ? new Map<string, string>() : parseConfig(facts.config);
  for (const ext of externs) {
    if (ext.place.kind !== 'kcfg') continue;
    try {
      setValue(
        ext,
        ext.place,
        data.subarray(ext.place.offset, ext.place.offset + ext.place.size),
        config,
        facts,
      );
    } catch (e) {
      if (!(e instanceof KconfigError)) throw e;
      ext.error = `extern (kcfg) '${ext.name}': ${e.message}`;
    }
    if (!ext.isSet && !ext.weak) ext.error ??= `extern '${ext.name}' (strong): not resolved`;
  }
}

class KconfigError extends Error {}

function parseConfig(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const line of text.split('\n')) {
    const eq = line.indexOf('=');
    if (line.startsWith('CONFIG_') && eq > 0 && !out.has(line.slice(0, eq))) {
      out.set(line.slice(0, eq), line.slice(eq + 1));
    }
  }
  return out;
}

function setValue(
  ext: Extern,
  place: KcfgPlace,
  out: Uint8Array,
  config: ReadonlyMap<string, string>,
  facts: KernelFacts,
): void {
  if (!ext.name.startsWith('CONFIG_')) {
    setNumber(ext, place, out, virtualValue(ext, facts));
    return;
  }
  const text = config.get(ext.name);
  if (text === undefined) return;
  if (/^[ynm]/.test(text)) setTristate(ext, place, out, text[0]);
  else if (text.startsWith('"')) setString(ext, place, out, text);
  else setParsedNumber(ext, place, out, text);
}

function virtualValue(ext: Extern, facts: KernelFacts): bigint {
  if (ext.name === 'LINUX_KERNEL_VERSION') return BigInt(facts.version);
  if (ext.name === 'LINUX_HAS_BPF_COOKIE' || ext.name === 'LINUX_HAS_SYSCALL_WRAPPER') return 1n;
  if (!ext.name.startsWith('LINUX_') || !ext.weak) throw new KconfigError('unrecognized virtual extern');
  return 0n;
}

const TRISTATE: Readonly<Record<string, number>> = { n: 0, y: 1, m: 2 };

function setTristate(ext: Extern, place: KcfgPlace, out: Uint8Array, value: string): void {
  if (place.type === 'bool') {
    if (value === 'm') throw new KconfigError(`value 'm' implies tristate or char type`);
    out[0] = value === 'y' ? 1 : 0;
  } else if (place.type === 'tristate') out[0] = TRISTATE[value];
  else if (place.type === 'char') out[0] = value.charCodeAt(0);
  else throw new KconfigError(`value '${value}' implies bool, tristate, or char type`);
  ext.isSet = true;
}

function setString(ext: Extern, place: KcfgPlace, out: Uint8Array, text: string): void {
  if (place.type !== 'string') throw new KconfigError(`value '${text}' implies char array type`);
  if (text.length < 2 || !text.endsWith('"')) throw new KconfigError(`invalid string config '${text}'`);
  const bytes = new TextEncoder().encode(text.slice(1, -1)).subarray(0, place.size - 1);
  out.fill(0);
  out.set(bytes);
  ext.isSet = true;
}

function setParsedNumber(ext: Extern, place: KcfgPlace, out: Uint8Array, text: string): void {
  if (!/^(-?\d+|-?0x[0-9a-f]+)$/i.test(text)) throw new KconfigError(`value '${text}' isn't a valid integer`);
  if (place.type !== 'int' && place.type !== 'char')
    throw new KconfigError(`value '${text}' implies integer type`);
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  setNumber(ext, place, out, BigInt.asUintN(64, value));
}

function setNumber(ext: Extern, place: KcfgPlace, out: Uint8Array, value: bigint): void {
  if (place.type === 'tristate' || place.type === 'string') {
    throw new KconfigError(`value '${value}' implies integer, char, or boolean type`);
  }
  if (place.type === 'bool' && value > 1n)
    throw new KconfigError(`value '${value}' isn't boolean compatible`);
  const bits = place.size * 8;
  const inRange = place.signed
    ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) === value
    : BigInt.asUintN(bits, value) === value;
  if (!inRange) throw new KconfigError(`value '${value}' doesn't fit in ${place.size} bytes`);
  for (let i = 0; i < place.size; i++) out[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  ext.isSet = true;
}
