import { deflateSync, Inflate } from 'fflate';
import { InputError } from '../util/input-error.ts';

/**
 * A share link's fragment: `#1&p=xdp_bad&s=5&z=...`. `1` is the format; short keys say what differs from the
 * defaults; `z` holds the input and the packet as one block: u32 length of a JSON header, the header, the
 * bytes of the object and of the packet; deflated, base64url.
 */
export interface Shared {
  readonly source:
    | { readonly kind: 'asm'; readonly name: string; readonly text: string }
    | { readonly kind: 'object'; readonly name: string; readonly bytes: Uint8Array };
  /** Name of the selected program, or null. */
  readonly program: string | null;
  /** Selected visit, or null. */
  readonly step: number | null;
  readonly lens: 'path' | 'program' | 'log';
  readonly workspace: 'verify' | 'run';
  readonly level: 1 | 2;
  readonly packet: Uint8Array;
}

const FORMAT = '1';
/** Links are untrusted: a small one must not unpack to a huge input. */
const MAX_UNPACKED = 16 << 20;

interface Header {
  readonly kind: 'asm' | 'object';
  readonly name: string;
  readonly source: number;
  readonly packet: number;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  if (/[^A-Za-z0-9_-]/.test(text))
    throw new InputError('the link is damaged: it has characters that no link has');
  try {
    return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  } catch {
    throw new InputError('the link is damaged: its data is cut off');
  }
}

function pack(shared: Shared): Uint8Array {
  const { source, packet } = shared;
  const bytes = source.kind === 'asm' ? new TextEncoder().encode(source.text) : source.bytes;
  const header: Header = {
    kind: source.kind,
    name: source.name,
    source: bytes.length,
    packet: packet.length,
  };
  const head = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(4 + head.length + bytes.length + packet.length);
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  out.set(bytes, 4 + head.length);
  out.set(packet, 4 + head.length + bytes.length);
  return out;
}

/** The fragment, "#" included. */
export function encodeShare(shared: Shared): string {
  const parts = [FORMAT];
  if (shared.program !== null) parts.push(`p=${encodeURIComponent(shared.program)}`);
  if (shared.step !== null) parts.push(`s=${shared.step}`);
  if (shared.lens !== 'path') parts.push(`n=${shared.lens}`);
  if (shared.workspace !== 'verify') parts.push(`w=${shared.workspace}`);
  if (shared.level !== 2) parts.push(`l=${shared.level}`);
  parts.push(`z=${toBase64Url(deflateSync(pack(shared), { level: 9 }))}`);
  return `#${parts.join('&')}`;
}

/** Inflates at most MAX_UNPACKED bytes. */
function inflate(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  const stream = new Inflate((chunk, final) => {
    size += chunk.length;
    if (size > MAX_UNPACKED) throw new InputError('the link holds more than 16 MB');
    chunks.push(chunk);
    whole = final;
  });
  try {
    // In pieces, so that the limit is looked at before all of a bomb is unpacked.
    for (let i = 0; i < bytes.length; i += 4096)
      stream.push(bytes.subarray(i, i + 4096), i + 4096 >= bytes.length);
  } catch (e) {
    if (e instanceof InputError) throw e;
    throw new InputError('the link is damaged: its data does not unpack');
  }
  if (!whole) throw new InputError('the link is damaged: its data is cut off');
  const out = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const h = value as Record<string, unknown>;
  const isSize = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n >= 0;
  return (
    (h.kind === 'asm' || h.kind === 'object') &&
    typeof h.name === 'string' &&
    isSize(h.source) &&
    isSize(h.packet)
  );
}

function unpack(bytes: Uint8Array): Pick<Shared, 'source' | 'packet'> {
  const damaged = new InputError('the link is damaged: its parts do not fit together');
  if (bytes.length < 4) throw damaged;
  const headLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + headLength > bytes.length) throw damaged;
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headLength)));
  } catch {
    throw damaged;
  }
  if (!isHeader(header)) throw damaged;
  const at = 4 + headLength;
  if (at + header.source + header.packet !== bytes.length) throw damaged;
  const body = bytes.slice(at, at + header.source);
  const packet = bytes.slice(at + header.source);
  const { kind, name } = header;
  const source =
    kind === 'asm'
      ? ({ kind, name, text: new TextDecoder().decode(body) } as const)
      : ({ kind, name, bytes: body } as const);
  return { source, packet };
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], fallback: T): T {
  return allowed.find((a) => a === value) ?? fallback;
}

/** Reads a fragment; null when it is no share link at all; InputError when it is one that cannot be used. */
export function decodeShare(fragment: string): Shared | null {
  const [format, ...rest] = fragment.replace(/^#/, '').split('&');
  if (!/^\d+$/.test(format)) return null;
  if (format !== FORMAT) {
    throw new InputError(
      `the link has format ${format}; this page knows format ${FORMAT}`,
      {},
      'Open it with a newer xlated.',
    );
  }
  const keys = new Map(
    rest.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
  const block = keys.get('z');
  if (block === undefined) throw new InputError('the link is damaged: it holds no input');
  const step = Number(keys.get('s') ?? Number.NaN);
  return {
    ...unpack(inflate(fromBase64Url(block))),
    program: programName(keys.get('p')),
    step: Number.isInteger(step) && step >= 1 ? step : null,
    lens: oneOf(keys.get('n') ?? null, ['path', 'program', 'log'] as const, 'path'),
    workspace: oneOf(keys.get('w') ?? null, ['verify', 'run'] as const, 'verify'),
    level: keys.get('l') === '1' ? 1 : 2,
  };
}

function programName(key: string | undefined): string | null {
  if (key === undefined) return null;
  try {
    return decodeURIComponent(key);
  } catch {
    return null;
  }
}
