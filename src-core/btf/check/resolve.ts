import { E2BIG, EEXIST, EINVAL } from '../../uapi/errno.ts';
import { assertNever } from '../../util/assert-never.ts';
import type { BtfCheckLog } from './log.ts';
import { MemberCheck, type Sizes } from './members.ts';
import {
  hasNoSize,
  hasSize,
  isModifier,
  isRegularInt,
  isSourceOnly,
  isStruct,
  memberAt,
  needsResolve,
  type RawBtf,
  type RawType,
  secinfoAt,
} from './raw.ts';

const MAX_RESOLVE_DEPTH = 32;
const POINTER_SIZE = 8;
const U32_MAX = 0xffffffff;

enum Visit {
  none,
  open,
  done,
}

/** What ends a chain of references: until a pointer or a structure is met, everything that needs no resolving. */
type Mode = 'to-be-determined' | 'pointer' | 'struct-or-array';

interface Vertex {
  readonly type: RawType;
  readonly id: number;
  nextMember: number;
}

/** The second phase: every reference leads to a type that fits, without loops (btf_check_all_types(), Linux 6.18). */
export class Resolver implements Sizes {
  private readonly visits: Uint8Array;
  private readonly resolvedIds: Uint32Array;
  private readonly resolvedSizes: Uint32Array;
  private stack: Vertex[] = [];
  private mode: Mode = 'to-be-determined';

  constructor(
    private readonly raw: RawBtf,
    private readonly log: BtfCheckLog,
  ) {
    this.visits = new Uint8Array(raw.types.length);
    this.resolvedIds = new Uint32Array(raw.types.length);
    this.resolvedSizes = new Uint32Array(raw.types.length);
  }

  private ownSize(id: number, type: RawType): number | null {
    if (hasSize(type)) return type.sizeOrType;
    if (type.kind === 'array') return this.resolvedSizes[id];
    return type.kind === 'ptr' ? POINTER_SIZE : null;
  }

  sizeOf(id: number): { id: number; type: RawType; size: number } | null {
    const type = this.raw.type(id);
    if (type === null || hasNoSize(type)) return null;
    const size = this.ownSize(id, type);
    if (size !== null) return { id, type, size };
    const nextId = this.resolvedIds[id];
    const next = this.raw.type(nextId);
    if (next === null || hasNoSize(next)) return null;
    const nextSize = this.ownSize(nextId, next);
    return nextSize === null ? null : { id: nextId, type: next, size: nextSize };
  }

  private isResolved(id: number): boolean {
    return this.visits[id] === Visit.done;
  }

  /** env_type_is_resolve_sink() */
  private isSink(type: RawType): boolean {
    switch (this.mode) {
      case 'to-be-determined':
        return !needsResolve(type);
      case 'pointer':
        return !isModifier(type) && type.kind !== 'ptr';
      case 'struct-or-array':
        return !isModifier(type) && type.kind !== 'array' && !isStruct(type);
      default:
        return assertNever(this.mode);
    }
  }

  private mustVisit(type: RawType, id: number): boolean {
    return !this.isSink(type) && !this.isResolved(id);
  }

  private push(type: RawType, id: number): number {
    if (this.stack.length === MAX_RESOLVE_DEPTH) return -E2BIG;
    if (this.visits[id] !== Visit.none) return -EEXIST;
    this.visits[id] = Visit.open;
    this.stack.push({ type, id, nextMember: 0 });
    if (this.mode === 'to-be-determined') {
      if (type.kind === 'ptr') this.mode = 'pointer';
      else if (isStruct(type) || type.kind === 'array') this.mode = 'struct-or-array';
    }
    return 0;
  }

  private pop(resolvedId: number, size: number): number {
    const vertex = this.stack.pop();
    if (vertex === undefined) return -EINVAL;
    this.resolvedIds[vertex.id] = resolvedId;
    this.resolvedSizes[vertex.id] = size;
    this.visits[vertex.id] = Visit.done;
    return 0;
  }

  private fail(v: Vertex, what: string): number {
    this.log.type(this.raw, v.type, what);
    return -EINVAL;
  }

  /** void, a forward declaration or a prototype may stand behind a modifier or a pointer. */
  private sizeless(id: number): { ok: boolean; id: number } {
    const sized = this.sizeOf(id);
    if (sized !== null) return { ok: true, id: sized.id };
    const last = this.isResolved(id) ? this.resolvedIds[id] : id;
    const kind = this.raw.type(last)?.kind;
    return { ok: kind === 'void' || kind === 'fwd' || kind === 'func_proto', id: last };
  }

  private modifier(v: Vertex): number {
    const nextId = v.type.sizeOrType;
    const next = this.raw.type(nextId);
    if (next === null || isSourceOnly(next)) return this.fail(v, 'Invalid type_id');
    if (this.mustVisit(next, nextId)) return this.push(next, nextId);
    const end = this.sizeless(nextId);
    return end.ok ? this.pop(end.id, 0) : this.fail(v, 'Invalid type_id');
  }

  /** A modifier that was resolved for a structure may have stopped at a pointer: it is followed further. */
  private beyondModifier(next: RawType, nextId: number): number | null {
    if (!isModifier(next)) return null;
    const id = this.resolvedIds[nextId];
    const type = this.raw.type(id);
    return type !== null && type.kind === 'ptr' && this.mustVisit(type, id) ? this.push(type, id) : null;
  }

  private pointer(v: Vertex): number {
    const nextId = v.type.sizeOrType;
    const next = this.raw.type(nextId);
    if (next === null || isSourceOnly(next)) return this.fail(v, 'Invalid type_id');
    if (this.mustVisit(next, nextId)) return this.push(next, nextId);
    const pushed = this.beyondModifier(next, nextId);
    if (pushed !== null) return pushed;
    const end = this.sizeless(nextId);
    return end.ok ? this.pop(end.id, 0) : this.fail(v, 'Invalid type_id');
  }

  private variable(v: Vertex): number {
    const nextId = v.type.sizeOrType;
    const next = this.raw.type(nextId);
    if (next === null || isSourceOnly(next)) return this.fail(v, 'Invalid type_id');
    if (this.mustVisit(next, nextId)) return this.push(next, nextId);
    const pushed = this.beyondModifier(next, nextId);
    if (pushed !== null) return pushed;
    const sized = this.sizeOf(nextId);
    return sized === null ? this.fail(v, 'Invalid type_id') : this.pop(sized.id, 0);
  }

  private array(v: Vertex): number {
    const { raw } = this;
    const indexId = raw.u32(v.type.extra + 4);
    const index = raw.type(indexId);
    if (index === null || hasNoSize(index) || isSourceOnly(index)) return this.fail(v, 'Invalid index');
    if (this.mustVisit(index, indexId)) return this.push(index, indexId);
    const sizedIndex = this.sizeOf(indexId);
    if (sizedIndex === null || sizedIndex.type.kind !== 'int' || !isRegularInt(raw, sizedIndex.type)) {
      return this.fail(v, 'Invalid index');
    }
    return this.arrayElement(v);
  }

  private arrayElement(v: Vertex): number {
    const { raw } = this;
    const elemId = raw.u32(v.type.extra);
    const count = raw.u32(v.type.extra + 8);
    const elem = raw.type(elemId);
    if (elem === null || hasNoSize(elem) || isSourceOnly(elem)) return this.fail(v, 'Invalid elem');
    if (this.mustVisit(elem, elemId)) return this.push(elem, elemId);
    const sized = this.sizeOf(elemId);
    if (sized === null) return this.fail(v, 'Invalid elem');
    if (sized.type.kind === 'int' && !isRegularInt(raw, sized.type))
      return this.fail(v, 'Invalid array of int');
    if (count !== 0 && sized.size > Math.floor(U32_MAX / count))
      return this.fail(v, 'Array size overflows U32_MAX');
    return this.pop(sized.id, sized.size * count);
  }

  private struct(v: Vertex): number {
    const { raw } = this;
    const members = new MemberCheck(raw, this.log, this, v.type);
    if (v.nextMember > 0) {
      const last = memberAt(raw, v.type, v.nextMember - 1);
      const err = members.check(last, raw.types[last.type]);
      if (err) return err;
    }
    for (let i = v.nextMember; i < v.type.vlen; i++) {
      const m = memberAt(raw, v.type, i);
      const type = raw.type(m.type);
      if (type === null || hasNoSize(type) || isSourceOnly(type)) {
        this.log.member(raw, v.type, m, 'Invalid member');
        return -EINVAL;
      }
      if (this.mustVisit(type, m.type)) {
        v.nextMember = i + 1;
        return this.push(type, m.type);
      }
      const err = members.check(m, type);
      if (err) return err;
    }
    return this.pop(0, 0);
  }

  private datasec(v: Vertex): number {
    const { raw } = this;
    this.mode = 'to-be-determined';
    for (let i = v.nextMember; i < v.type.vlen; i++) {
      const info = secinfoAt(raw, v.type, i);
      const fail = (what: string): number => {
        this.log.secinfo(raw, v.type, info, what);
        return -EINVAL;
      };
      const variable = raw.type(info.type);
      if (variable === null || variable.kind !== 'var') return fail('Not a VAR kind member');
      if (this.mustVisit(variable, info.type)) {
        v.nextMember = i + 1;
        return this.push(variable, info.type);
      }
      const sized = this.sizeOf(variable.sizeOrType);
      if (sized === null) return fail('Invalid type');
      if (info.size < sized.size) return fail('Invalid size');
    }
    return this.pop(0, 0);
  }

  private func(v: Vertex): number {
    const { raw } = this;
    const proto = raw.type(v.type.sizeOrType);
    if (proto === null || proto.kind !== 'func_proto') return this.fail(v, 'Invalid type_id');
    for (let i = 0; i < proto.vlen; i++) {
      const named = raw.u32(proto.extra + 8 * i) !== 0;
      if (!named && raw.u32(proto.extra + 8 * i + 4) !== 0) return this.fail(v, `Invalid arg#${i + 1}`);
    }
    return this.pop(v.type.sizeOrType, 0);
  }

  private declTag(v: Vertex): number {
    const { raw } = this;
    const nextId = v.type.sizeOrType;
    const next = raw.type(nextId);
    const target =
      next !== null &&
      (next.kind === 'func' || isStruct(next) || next.kind === 'var' || next.kind === 'typedef');
    if (!target) return this.fail(v, 'Invalid type_id');
    if (this.mustVisit(next, nextId)) return this.push(next, nextId);
    const component = raw.u32(v.type.extra) | 0;
    if (component !== -1) {
      if (next.kind === 'var' || next.kind === 'typedef') return this.fail(v, 'Invalid component_idx');
      const vlen = isStruct(next) ? next.vlen : (raw.type(next.sizeOrType)?.vlen ?? 0);
      if (component >= vlen) return this.fail(v, 'Invalid component_idx');
    }
    return this.pop(nextId, 0);
  }

  private resolveOne(v: Vertex): number {
    const { kind } = v.type;
    switch (kind) {
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'type_tag':
        return this.modifier(v);
      case 'ptr':
        return this.pointer(v);
      case 'var':
        return this.variable(v);
      case 'array':
        return this.array(v);
      case 'struct':
      case 'union':
        return this.struct(v);
      case 'datasec':
        return this.datasec(v);
      case 'func':
        return this.func(v);
      case 'decl_tag':
        return this.declTag(v);
      case 'void':
      case 'int':
      case 'enum':
      case 'enum64':
      case 'fwd':
      case 'func_proto':
      case 'float':
        this.log.basic(this.raw, v.type, 'Unsupported resolve');
        return -EINVAL;
      default:
        return assertNever(kind);
    }
  }

  /** btf_resolve_valid() */
  private isValid(type: RawType, id: number): boolean {
    if (!this.isResolved(id)) return false;
    const [to, size] = [this.resolvedIds[id], this.resolvedSizes[id]];
    if (isStruct(type) || type.kind === 'datasec') return to === 0 && size === 0;
    if (type.kind === 'decl_tag' || type.kind === 'func') return to !== 0 && size === 0;
    if (isModifier(type) || type.kind === 'ptr' || type.kind === 'var') {
      const end = this.raw.type(to);
      return end !== null && !isModifier(end) && end.kind !== 'var' && end.kind !== 'datasec';
    }
    if (type.kind !== 'array') return false;
    const elem = this.sizeOf(this.raw.u32(type.extra));
    return (
      elem !== null && !isModifier(elem.type) && (elem.size * this.raw.u32(type.extra + 8)) >>> 0 === size
    );
  }

  /** btf_resolve() */
  private resolve(type: RawType, id: number): number {
    const saved = this.log.typeId;
    this.mode = 'to-be-determined';
    this.stack = [];
    this.push(type, id);
    let err = 0;
    for (let v = this.stack.at(-1); !err && v !== undefined; v = this.stack.at(-1)) {
      this.log.typeId = v.id;
      err = this.resolveOne(v);
    }
    this.log.typeId = id;
    if (err === -E2BIG) this.log.type(this.raw, type, `Exceeded max resolving depth:${MAX_RESOLVE_DEPTH}`);
    else if (err === -EEXIST) this.log.type(this.raw, type, 'Loop detected');
    if (!err && !this.isValid(type, id)) {
      this.log.type(this.raw, type, 'Invalid resolve state');
      err = -EINVAL;
    }
    this.log.typeId = saved;
    return err;
  }

  /** A type that a prototype names: it must be there, and have a size. */
  private protoPart(proto: RawType, id: number, what: string): number {
    const fail = (): number => {
      this.log.type(this.raw, proto, what);
      return -EINVAL;
    };
    const type = this.raw.type(id);
    if (type === null || isSourceOnly(type)) return fail();
    if (needsResolve(type) && !this.isResolved(id)) {
      const err = this.resolve(type, id);
      if (err) return err;
    }
    return this.sizeOf(id) === null ? fail() : 0;
  }

  private badParamName(nameOff: number): boolean {
    return nameOff !== 0 && !(this.raw.nameOffsetValid(nameOff) && this.raw.validIdentifier(nameOff));
  }

  /** btf_func_proto_check() */
  private proto(proto: RawType): number {
    const { raw } = this;
    const err = proto.sizeOrType === 0 ? 0 : this.protoPart(proto, proto.sizeOrType, 'Invalid return type');
    if (err) return err;
    const nameAt = (i: number): number => raw.u32(proto.extra + 8 * i);
    const typeAt = (i: number): number => raw.u32(proto.extra + 8 * i + 4);
    const fail = (arg: number): number => {
      this.log.type(raw, proto, `Invalid arg#${arg}`);
      return -EINVAL;
    };
    let count = proto.vlen;
    if (count > 0 && typeAt(count - 1) === 0) {
      if (nameAt(count - 1) !== 0) return fail(count);
      count--;
    }
    for (let i = 0; i < count; i++) {
      const type = raw.type(typeAt(i));
      if (type !== null && !isSourceOnly(type) && this.badParamName(nameAt(i))) return fail(i + 1);
      const argErr = this.protoPart(proto, typeAt(i), `Invalid arg#${i + 1}`);
      if (argErr) return argErr;
    }
    return 0;
  }

  /** 0 or a negative errno. */
  run(): number {
    this.log.resolving = true;
    for (let id = 1; id < this.raw.types.length; id++) {
      const type = this.raw.types[id];
      this.log.typeId = id;
      if (needsResolve(type) && !this.isResolved(id)) {
        const err = this.resolve(type, id);
        if (err) return err;
      }
      if (type.kind === 'func_proto') {
        const err = this.proto(type);
        if (err) return err;
      }
    }
    return 0;
  }
}
