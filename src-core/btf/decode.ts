import { InternalError } from '../util/assert-never.ts';
import { BTF_KINDS } from './kinds.ts';
import type { BtfType } from './types.ts';

type StringAt = (offset: number) => string;

/** Decodes the record at `pos`, which layout.ts has found valid. */
export function decodeType(view: DataView, pos: number, id: number, str: StringAt): BtfType {
  const nameOff = view.getUint32(pos, true);
  const info = view.getUint32(pos + 4, true);
  const type = view.getUint32(pos + 8, true);
  const size = type;
  const vlen = info & 0xffff;
  const kindFlag = info >>> 31 === 1;
  const common = { id, name: str(nameOff), nameOff, info, kindFlag };
  const at = pos + 12;
  const kind = BTF_KINDS[(info >>> 24) & 0x1f];
  switch (kind) {
    case 'int': {
      const data = view.getUint32(at, true);
      const encoding = (data >>> 24) & 0x0f;
      return { ...common, kind, size, data, encoding, bitOffset: (data >>> 16) & 0xff, bits: data & 0xff };
    }
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
    case 'type_tag':
      return { ...common, kind, type };
    case 'array':
      return {
        ...common,
        kind,
        type: view.getUint32(at, true),
        indexType: view.getUint32(at + 4, true),
        nelems: view.getUint32(at + 8, true),
      };
    case 'struct':
    case 'union':
      return { ...common, kind, size, members: decodeMembers(view, at, vlen, kindFlag, str) };
    case 'enum':
      return { ...common, kind, size, values: decodeEnum(view, at, vlen, kindFlag, str) };
    case 'enum64':
      return { ...common, kind, size, values: decodeEnum64(view, at, vlen, str) };
    case 'fwd':
      return { ...common, kind };
    case 'func':
      return { ...common, kind, type, linkage: vlen };
    case 'func_proto':
      return { ...common, kind, type, params: decodeParams(view, at, vlen, str) };
    case 'var':
      return { ...common, kind, type, linkage: view.getUint32(at, true) };
    case 'datasec':
      return { ...common, kind, size, vars: decodeVars(view, at, vlen) };
    case 'float':
      return { ...common, kind, size };
    case 'decl_tag':
      return { ...common, kind, type, componentIdx: view.getInt32(at, true) };
    default:
      throw new InternalError(`BTF type [${id}] of kind ${kind} has passed validation`);
  }
}

function times<T>(n: number, make: (i: number) => T): T[] {
  const out = new Array<T>(n);
  for (let i = 0; i < n; i++) out[i] = make(i);
  return out;
}

function decodeMembers(view: DataView, at: number, n: number, kindFlag: boolean, str: StringAt) {
  return times(n, (i) => {
    const nameOff = view.getUint32(at + 12 * i, true);
    const offset = view.getUint32(at + 12 * i + 8, true);
    return {
      name: str(nameOff),
      nameOff,
      type: view.getUint32(at + 12 * i + 4, true),
      offset,
      bitOffset: kindFlag ? offset & 0xffffff : offset,
      bitfieldSize: kindFlag ? offset >>> 24 : 0,
    };
  });
}

function decodeEnum(view: DataView, at: number, n: number, signed: boolean, str: StringAt) {
  return times(n, (i) => {
    const nameOff = view.getUint32(at + 8 * i, true);
    const raw = view.getInt32(at + 8 * i + 4, true);
    return { name: str(nameOff), nameOff, value: signed ? raw : raw >>> 0, raw };
  });
}

function decodeEnum64(view: DataView, at: number, n: number, str: StringAt) {
  return times(n, (i) => {
    const nameOff = view.getUint32(at + 12 * i, true);
    const lo = view.getUint32(at + 12 * i + 4, true);
    const hi = view.getUint32(at + 12 * i + 8, true);
    return { name: str(nameOff), nameOff, lo, hi };
  });
}

function decodeParams(view: DataView, at: number, n: number, str: StringAt) {
  return times(n, (i) => {
    const nameOff = view.getUint32(at + 8 * i, true);
    return { name: str(nameOff), nameOff, type: view.getUint32(at + 8 * i + 4, true) };
  });
}

function decodeVars(view: DataView, at: number, n: number) {
  return times(n, (i) => ({
    type: view.getUint32(at + 12 * i, true),
    offset: view.getUint32(at + 12 * i + 4, true),
    size: view.getUint32(at + 12 * i + 8, true),
  }));
}
