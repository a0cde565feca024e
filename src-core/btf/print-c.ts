import { s64ToDec, u64ToDec } from '../util/int64.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfEnum, BtfEnum64, BtfFuncProto, BtfMember } from './types.ts';

/** Types nested deeper than this print as `...`: only hostile BTF gets there. */
const MAX_DEPTH = 40;

/**
 * A declaration of `name` with the type `id`, as C writes it: "struct task_struct *task", "int a[4]",
 * "int (*fn)(void *)". Without a name, the type alone.
 */
export function formatDecl(btf: Btf, id: number, name = '', depth = 0): string {
  if (depth > MAX_DEPTH) return join('...', name);
  const t = btf.typeById(id);
  switch (t.kind) {
    case 'void':
      return join('void', name);
    case 'int':
    case 'float':
    case 'typedef':
    case 'datasec':
      return join(t.name, name);
    case 'ptr':
      return formatDecl(btf, t.type, pointerTo(btf, t.type, name), depth + 1);
    case 'const':
    case 'volatile':
    case 'restrict':
      return formatQualified(btf, t.kind, t.type, name, depth);
    case 'type_tag':
      return formatDecl(btf, t.type, name, depth + 1);
    case 'array':
      return formatDecl(btf, t.type, `${name}[${t.nelems === 0 ? '' : t.nelems}]`, depth + 1);
    case 'func_proto':
      return formatDecl(btf, t.type, `${name}(${formatParams(btf, t, depth)})`, depth + 1);
    case 'struct':
    case 'union':
      return join(t.name === '' ? formatBody(btf, t, depth) : `${t.kind} ${t.name}`, name);
    case 'fwd':
      return join(`${t.kindFlag ? 'union' : 'struct'} ${t.name}`, name);
    case 'enum':
    case 'enum64':
      return join(t.name === '' ? formatEnum(t, depth) : `enum ${t.name}`, name);
    case 'func':
      return formatDecl(btf, t.type, t.name, depth + 1);
    case 'var':
      return formatDecl(btf, t.type, name === '' ? t.name : name, depth + 1);
    case 'decl_tag':
      return `__attribute__((btf_decl_tag("${t.name}"))) ${formatDecl(btf, t.type, name, depth + 1)}`;
  }
}

/** The full definition: members of a struct or union, values of an enum; else the declaration with `;`. */
export function formatDefinition(btf: Btf, id: number): string {
  const t = btf.typeById(id);
  switch (t.kind) {
    case 'struct':
    case 'union':
      return `${formatBody(btf, t, 0)};`;
    case 'enum':
    case 'enum64':
      return `${formatEnum(t, 0)};`;
    case 'typedef':
      return `typedef ${formatDecl(btf, t.type, t.name)};`;
    default:
      return `${formatDecl(btf, id)};`;
  }
}

function join(type: string, name: string): string {
  return name === '' || name.startsWith('[') ? `${type}${name}` : `${type} ${name}`;
}

/** `*name`, in parentheses where the target is an array or a function. */
function pointerTo(btf: Btf, target: number, name: string): string {
  const kind = btf.kindOf(target);
  return kind === 'array' || kind === 'func_proto' ? `(*${name})` : `*${name}`;
}

function formatQualified(btf: Btf, word: string, type: number, name: string, depth: number): string {
  // A qualifier of a pointer stands behind the star: "int *const p".
  if (btf.kindOf(type) === 'ptr') return formatDecl(btf, type, join(word, name), depth + 1);
  return `${word} ${formatDecl(btf, type, name, depth + 1)}`;
}

function formatParams(btf: Btf, proto: BtfFuncProto, depth: number): string {
  if (proto.params.length === 0) return 'void';
  return proto.params
    .map((p) => (p.type === 0 ? '...' : formatDecl(btf, p.type, p.name, depth + 1)))
    .join(', ');
}

function formatBody(btf: Btf, t: BtfComposite, depth: number): string {
  const head = t.name === '' ? t.kind : `${t.kind} ${t.name}`;
  const lines = t.members.map((m) => `${indent(depth + 1)}${formatMember(btf, m, depth + 1)};\n`);
  return lines.length === 0 ? `${head} {}` : `${head} {\n${lines.join('')}${indent(depth)}}`;
}

function formatMember(btf: Btf, m: BtfMember, depth: number): string {
  const decl = formatDecl(btf, m.type, m.name, depth);
  return m.bitfieldSize === 0 ? decl : `${decl}: ${m.bitfieldSize}`;
}

function formatEnum(t: BtfEnum | BtfEnum64, depth: number): string {
  const head = t.name === '' ? 'enum' : `enum ${t.name}`;
  const lines = t.kind === 'enum' ? t.values.map((v) => `${v.name} = ${v.value}`) : enum64Lines(t);
  return `${head} {\n${lines.map((l) => `${indent(depth + 1)}${l},\n`).join('')}${indent(depth)}}`;
}

function enum64Lines(t: BtfEnum64): string[] {
  return t.values.map(
    (v) => `${v.name} = ${t.kindFlag ? `${s64ToDec(v.lo, v.hi)}LL` : `${u64ToDec(v.lo, v.hi)}ULL`}`,
  );
}

function indent(depth: number): string {
  return '\t'.repeat(depth);
}
