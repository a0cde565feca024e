import { s64ToDec, u64ToDec } from '../util/int64.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfEnum, BtfEnum64, BtfFuncProto, BtfMember } from './types.ts';

/** Types nested deeper than this, or after so many others, print as `...`: only hostile BTF gets there. */
const MAX_DEPTH = 40;
const MAX_TYPES = 20_000;

/** How deep a type is nested in what is printed, and how many types may still follow. */
interface Nesting {
  readonly depth: number;
  readonly budget: { left: number };
}

const top = (): Nesting => ({ depth: 0, budget: { left: MAX_TYPES } });
const deeper = (at: Nesting): Nesting => ({ depth: at.depth + 1, budget: at.budget });

/**
 * A declaration of `name` with the type `id`, as C writes it: "struct task_struct *task", "int a[4]",
 * "int (*fn)(void *)". Without a name, the type alone.
 */
export function formatDecl(btf: Btf, id: number, name = ''): string {
  return declare(btf, id, name, top());
}

function declare(btf: Btf, id: number, name: string, at: Nesting): string {
  if (at.depth > MAX_DEPTH || at.budget.left-- <= 0) return join('...', name);
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
      return declare(btf, t.type, pointerTo(btf, t.type, name), deeper(at));
    case 'const':
    case 'volatile':
    case 'restrict':
      return formatQualified(btf, t.kind, t.type, name, at);
    case 'type_tag':
      return declare(btf, t.type, name, deeper(at));
    case 'array':
      return declare(btf, t.type, `${name}[${t.nelems === 0 ? '' : t.nelems}]`, deeper(at));
    case 'func_proto':
      return declare(btf, t.type, `${name}(${formatParams(btf, t, at)})`, deeper(at));
    case 'struct':
    case 'union':
      return join(t.name === '' ? formatBody(btf, t, at) : `${t.kind} ${t.name}`, name);
    case 'fwd':
      return join(`${t.kindFlag ? 'union' : 'struct'} ${t.name}`, name);
    case 'enum':
    case 'enum64':
      return join(t.name === '' ? formatEnum(t, at) : `enum ${t.name}`, name);
    case 'func':
      return declare(btf, t.type, t.name, deeper(at));
    case 'var':
      return declare(btf, t.type, name === '' ? t.name : name, deeper(at));
    case 'decl_tag':
      return `__attribute__((btf_decl_tag("${t.name}"))) ${declare(btf, t.type, name, deeper(at))}`;
  }
}

/** The full definition: members of a struct or union, values of an enum; else the declaration with `;`. */
export function formatDefinition(btf: Btf, id: number): string {
  const t = btf.typeById(id);
  switch (t.kind) {
    case 'struct':
    case 'union':
      return `${formatBody(btf, t, top())};`;
    case 'enum':
    case 'enum64':
      return `${formatEnum(t, top())};`;
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

function formatQualified(btf: Btf, word: string, type: number, name: string, at: Nesting): string {
  // A qualifier of a pointer stands behind the star: "int *const p".
  if (btf.kindOf(type) === 'ptr') return declare(btf, type, join(word, name), deeper(at));
  return `${word} ${declare(btf, type, name, deeper(at))}`;
}

function formatParams(btf: Btf, proto: BtfFuncProto, at: Nesting): string {
  if (proto.params.length === 0) return 'void';
  return proto.params
    .map((p) => (p.type === 0 ? '...' : declare(btf, p.type, p.name, deeper(at))))
    .join(', ');
}

function formatBody(btf: Btf, t: BtfComposite, at: Nesting): string {
  const head = t.name === '' ? t.kind : `${t.kind} ${t.name}`;
  const lines = t.members.map((m) => `${indent(at.depth + 1)}${formatMember(btf, m, deeper(at))};\n`);
  return lines.length === 0 ? `${head} {}` : `${head} {\n${lines.join('')}${indent(at.depth)}}`;
}

function formatMember(btf: Btf, m: BtfMember, at: Nesting): string {
  const decl = declare(btf, m.type, m.name, at);
  return m.bitfieldSize === 0 ? decl : `${decl}: ${m.bitfieldSize}`;
}

function formatEnum(t: BtfEnum | BtfEnum64, at: Nesting): string {
  const head = t.name === '' ? 'enum' : `enum ${t.name}`;
  const lines = t.kind === 'enum' ? t.values.map((v) => `${v.name} = ${v.value}`) : enum64Lines(t);
  return `${head} {\n${lines.map((l) => `${indent(at.depth + 1)}${l},\n`).join('')}${indent(at.depth)}}`;
}

function enum64Lines(t: BtfEnum64): string[] {
  return t.values.map(
    (v) => `${v.name} = ${t.kindFlag ? `${s64ToDec(v.lo, v.hi)}LL` : `${u64ToDec(v.lo, v.hi)}ULL`}`,
  );
}

function indent(depth: number): string {
  return '\t'.repeat(depth);
}
