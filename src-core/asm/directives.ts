import type { Cursor } from './cursor.ts';
import { AsmFault } from './diagnostics.ts';
import { DIRECTIVES } from './keywords.ts';
import { MAP_ATTRIBUTES, MAP_FLAGS, MAP_TYPES, SCALARS } from './map-kinds.ts';
import type { MapDecl, MapSide } from './source.ts';
import type { SourceBuilder } from './source-builder.ts';
import { nearest } from './suggest.ts';

/** Data larger than this is refused: no map value may be larger in practice. */
const MAX_DATA = 1 << 20;

/** One directive; its name is the next token. */
export function parseDirective(cur: Cursor, out: SourceBuilder): void {
  const name = cur.word('a directive', DIRECTIVES);
  const run = out.ignoring && !SECTION_DIRECTIVES.includes(name.text) ? skip : HANDLERS[name.text];
  if (run === undefined) {
    throw new AsmFault(
      `'${name.text}' is no directive`,
      name,
      DIRECTIVES.join(' '),
      nearest(name.text, DIRECTIVES),
    );
  }
  run(cur, out, name.text);
}

const SECTION_DIRECTIVES = ['.section', '.text', '.data', '.rodata', '.bss'];

type Handler = (cur: Cursor, out: SourceBuilder, name: string) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  '.section': parseSection,
  '.text': (cur, out, name) => openSection(cur, out, name),
  '.data': (cur, out, name) => openSection(cur, out, name),
  '.rodata': (cur, out, name) => openSection(cur, out, name),
  '.bss': (cur, out, name) => openSection(cur, out, name),
  '.globl': (cur, out) => eachName(cur, (n) => (out.attributes(n).global = true)),
  '.global': (cur, out) => eachName(cur, (n) => (out.attributes(n).global = true)),
  '.weak': (cur, out) => eachName(cur, (n) => Object.assign(out.attributes(n), { global: true, weak: true })),
  '.hidden': (cur, out) => eachName(cur, (n) => (out.attributes(n).hidden = true)),
  '.local': (cur, out) => eachName(cur, (n) => (out.attributes(n).global = false)),
  '.type': parseType,
  '.args': parseArgs,
  '.map': parseMap,
  '.license': (cur, out) => {
    out.setLicense(cur.string());
  },
  '.insn': parseInsn,
  '.comm': parseCommon,
  '.byte': (cur, out) => parseNumbers(cur, out, 1),
  '.short': (cur, out) => parseNumbers(cur, out, 2),
  '.2byte': (cur, out) => parseNumbers(cur, out, 2),
  '.long': (cur, out) => parseNumbers(cur, out, 4),
  '.int': (cur, out) => parseNumbers(cur, out, 4),
  '.4byte': (cur, out) => parseNumbers(cur, out, 4),
  '.quad': (cur, out) => parseNumbers(cur, out, 8),
  '.8byte': (cur, out) => parseNumbers(cur, out, 8),
  '.ascii': (cur, out) => parseString(cur, out, false),
  '.asciz': (cur, out) => parseString(cur, out, true),
  '.string': (cur, out) => parseString(cur, out, true),
  '.zero': parseZero,
  '.skip': parseZero,
  '.space': parseZero,
  '.align': (cur, out) => parseAlign(cur, out, false),
  '.balign': (cur, out) => parseAlign(cur, out, false),
  '.p2align': (cur, out) => parseAlign(cur, out, true),
  // What compilers add and an object does not need.
  '.size': skip,
  '.ident': skip,
  '.file': skip,
  '.loc': skip,
  '.cfi_sections': skip,
  '.cfi_startproc': skip,
  '.cfi_endproc': skip,
  '.addrsig': skip,
  '.addrsig_sym': skip,
};

function skip(cur: Cursor): void {
  while (cur.next() !== null);
}

function openSection(cur: Cursor, out: SourceBuilder, name: string): void {
  cur.end();
  out.open(name);
}

/** `.section "xdp"`, `.section xdp,"ax",@progbits`. */
function parseSection(cur: Cursor, out: SourceBuilder): void {
  const place = cur.here();
  let name = '';
  if (cur.peek()?.kind === 'string') name = cur.string();
  else while (cur.peek() !== null && !cur.at(',')) name += cur.next()?.text ?? '';
  if (name === '') throw new AsmFault('a section needs a name', place, '.section "xdp"');
  while (cur.next() !== null);
  out.open(name);
}

/** `SEC("xdp")`, as C programs write it. */
export function parseSec(cur: Cursor, out: SourceBuilder): void {
  cur.next();
  cur.expect('(');
  const name = cur.string();
  cur.expect(')');
  cur.end();
  out.open(name);
}

function eachName(cur: Cursor, use: (name: string) => void): void {
  do use(cur.word('a symbol').text);
  while (cur.accept(','));
}

/** `.type name,@function`. */
function parseType(cur: Cursor, out: SourceBuilder): void {
  const name = cur.word('a symbol').text;
  cur.accept(',');
  if (cur.at('@') || cur.at('%')) cur.next();
  const kind = cur.word('@function or @object', ['function', 'object']);
  if (kind.text !== 'function' && kind.text !== 'object') {
    throw new AsmFault(
      `'${kind.text}' is no symbol type`,
      kind,
      '@function or @object',
      nearest(kind.text, ['function', 'object']),
    );
  }
  if (kind.text === 'function') out.attributes(name).isFunction = true;
}

/** `.args name, 2`: arguments of a global subprogram, which its BTF tells the verifier. */
function parseArgs(cur: Cursor, out: SourceBuilder): void {
  const name = cur.word('a symbol').text;
  cur.expect(',');
  const place = cur.here();
  const count = cur.imm32();
  if (count < 0 || count > 5) throw new AsmFault('a function takes 0 to 5 arguments', place, '0 to 5');
  out.attributes(name).args = count;
}

/** `.insn 0x18, 1, 3, 0, 5`: code, dst, src, off, imm of a slot that no text stands for. */
function parseInsn(cur: Cursor, out: SourceBuilder): void {
  const place = cur.here();
  const field = (max: number): number => {
    const at = cur.here();
    const value = cur.imm32();
    if (value < 0 || value > max) throw new AsmFault(`${value} does not fit: 0 to ${max}`, at, `0 to ${max}`);
    return value;
  };
  const code = field(255);
  cur.expect(',');
  const dst = field(15);
  cur.expect(',');
  const src = field(15);
  cur.expect(',');
  const off = cur.offset();
  cur.expect(',');
  out.insn({ slots: [{ code, dst, src, off, imm: cur.imm32() }], ref: null }, place);
}

function parseNumbers(cur: Cursor, out: SourceBuilder, size: number): void {
  do {
    const place = cur.here();
    const value = cur.number();
    const bits = BigInt(size * 8);
    if (value < -(1n << (bits - 1n)) || value >= 1n << bits) {
      throw new AsmFault(`${value} does not fit in ${size} bytes`, place);
    }
    out.bytes(
      Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
      place,
    );
  } while (cur.accept(','));
}

function parseString(cur: Cursor, out: SourceBuilder, terminated: boolean): void {
  do {
    const place = cur.here();
    out.bytes([...cur.stringBytes(), ...(terminated ? [0] : [])], place);
  } while (cur.accept(','));
}

function parseZero(cur: Cursor, out: SourceBuilder): void {
  const place = cur.here();
  const count = cur.imm32();
  if (count < 0 || count > MAX_DATA)
    throw new AsmFault(`${count} bytes are too many`, place, `0 to ${MAX_DATA}`);
  out.bytes(new Array<number>(count).fill(0), place);
}

/** `.align 8` in bytes, `.p2align 3` as a power of two; a fill value may follow. */
function parseAlign(cur: Cursor, out: SourceBuilder, power: boolean): void {
  const place = cur.here();
  const given = cur.imm32();
  const align = power ? 2 ** given : given;
  if (![1, 2, 4, 8, 16].includes(align))
    throw new AsmFault(`${align} is no alignment`, place, '1, 2, 4, 8 or 16');
  if (cur.accept(',')) cur.number();
  out.align(align, place);
}

/** `.comm name,size,align`: zeroed data that a compiler leaves to the linker. */
function parseCommon(cur: Cursor, out: SourceBuilder): void {
  const name = cur.word('a symbol');
  cur.expect(',');
  const place = cur.here();
  const size = cur.imm32();
  const align = cur.accept(',') ? cur.imm32() : 8;
  if (size < 0 || size > MAX_DATA)
    throw new AsmFault(`${size} bytes are too many`, place, `0 to ${MAX_DATA}`);
  out.within('.bss', () => {
    out.align(Math.min(16, Math.max(1, align)), place);
    out.label(name.text, name);
    out.bytes(new Array<number>(size).fill(0), place);
  });
}

/** `.map counters, type=array, key=4, value=8, max_entries=1`. */
function parseMap(cur: Cursor, out: SourceBuilder): void {
  const name = cur.word('the name of the map');
  const map = out.map(name.text, name);
  while (cur.accept(',')) {
    const attr = cur.word(`an attribute (${MAP_ATTRIBUTES.join(' ')})`, MAP_ATTRIBUTES);
    cur.expect('=');
    setAttribute(cur, map, attr.text, () => {
      throw new AsmFault(
        `'${attr.text}' is no attribute of a map`,
        attr,
        MAP_ATTRIBUTES.join(' '),
        nearest(attr.text, MAP_ATTRIBUTES),
      );
    });
  }
  if (map.type === 0) throw new AsmFault(`map '${name.text}' has no type`, name, 'type=hash');
}

function setAttribute(cur: Cursor, map: MapDecl, name: string, unknown: () => never): void {
  switch (name) {
    case 'type':
      map.type = parseMapType(cur);
      return;
    case 'key':
      map.key = parseSide(cur);
      return;
    case 'value':
      map.value = parseSide(cur);
      return;
    case 'max_entries':
      map.maxEntries = cur.imm32() >>> 0;
      return;
    case 'flags':
      map.flags = parseFlags(cur);
      return;
    case 'numa_node':
      map.numaNode = cur.imm32();
      return;
    case 'map_extra':
      map.mapExtra = cur.imm32() >>> 0;
      return;
    case 'pinning':
      map.pinning = cur.accept('by_name') ? 1 : cur.accept('none') ? 0 : cur.imm32();
      return;
    case 'inner': {
      const t = cur.word('the name of a map');
      map.inner = { name: t.text, place: t };
      return;
    }
    default:
      unknown();
  }
}

function parseMapType(cur: Cursor): number {
  if (cur.isNumber()) return cur.imm32();
  const names = Object.keys(MAP_TYPES);
  const t = cur.word(`a map type (${names.join(' ')})`, names);
  const type = MAP_TYPES[t.text.toLowerCase().replace(/^bpf_map_type_/, '')];
  if (type === undefined) {
    throw new AsmFault(`'${t.text}' is no map type`, t, names.join(' '), nearest(t.text, names));
  }
  return type;
}

/** `4` or `u32`. */
function parseSide(cur: Cursor): MapSide {
  const place = cur.here();
  if (cur.isNumber()) {
    const size = cur.imm32();
    if (size < 0) throw new AsmFault('a size cannot be negative', place);
    return { size, scalar: null };
  }
  const names = Object.keys(SCALARS);
  const t = cur.word(`a size in bytes or a type (${names.join(' ')})`, names);
  const scalar = SCALARS[t.text.replace(/^__/, '')];
  if (scalar === undefined)
    throw new AsmFault(`'${t.text}' is no type`, t, names.join(' '), nearest(t.text, names));
  return { size: scalar.size, scalar: t.text.replace(/^__/, '') };
}

/** A number, or names joined with "|". */
function parseFlags(cur: Cursor): number {
  let flags = 0;
  do {
    if (cur.isNumber()) flags |= cur.imm32();
    else {
      const names = Object.keys(MAP_FLAGS);
      const t = cur.word(`a flag (${names.join(' ')})`, names);
      const flag = MAP_FLAGS[t.text.toLowerCase().replace(/^bpf_f_/, '')];
      if (flag === undefined)
        throw new AsmFault(`'${t.text}' is no flag`, t, names.join(' '), nearest(t.text, names));
      flags |= flag;
    }
  } while (cur.accept('|'));
  return flags;
}
