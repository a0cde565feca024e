import type { Btf } from '../../btf/btf.ts';
import type { CoreRelo } from '../../btf/ext.ts';
import { InputError } from '../../util/input-error.ts';
import type { Code } from '../model.ts';
import { sameKind } from './compat.ts';
import { CORE_RELO_KINDS, CoreError, essentialName } from './kinds.ts';
import { matchSpec } from './match.ts';
import { patchInsn } from './patch.ts';
import { type CoreSpec, parseSpec } from './spec.ts';
import { type CoreResult, calcRelo } from './value.ts';

/**
 * Applies CO-RE relocations of one object against one target (bpf_object__relocate_core()). Candidate
 * lists are kept and narrowed between relocations of the same type, as libbpf does.
 */
export class CoreRelocator {
  private readonly candidates = new Map<number, number[]>();
  private flavours: Map<string, number[]> | null = null;

  constructor(
    private readonly local: Btf,
    /** The kernel's BTF; without one only local_type_id relocations can be done. */
    private readonly target: Btf | null,
  ) {}

  /** Patches `code[at]`; a refusal is a CoreError whose message says why. */
  apply(code: Code, at: number, relo: CoreRelo): void {
    try {
      patchInsn(code, at, this.resolve(relo));
    } catch (e) {
      // Malformed BTF is a refusal too: libbpf's helpers return an errno there.
      if (e instanceof InputError) throw new CoreError(e.message);
      throw e;
    }
  }

  private resolve(relo: CoreRelo): CoreResult {
    const kind = CORE_RELO_KINDS[relo.kind];
    if (kind === undefined) throw new CoreError(`unrecognized CO-RE relocation unknown (${relo.kind})`);
    const local = parseSpec(this.local, relo, kind);
    if (kind === 'local_type_id') return localTypeId(local);
    if (this.local.nameOf(relo.typeId) === '') {
      throw new CoreError(`<${kind}> (${relo.kind}) relocation doesn't support anonymous types`);
    }
    if (this.target === null) throw new CoreError('CO-RE relocations need the BTF of the kernel');
    return this.search(local, this.target);
  }

  private search(local: CoreSpec, target: Btf): CoreResult {
    const matching: number[] = [];
    let first: { spec: CoreSpec; res: CoreResult } | null = null;
    for (const id of this.candidatesOf(local.rootTypeId, target)) {
      const spec = matchSpec(local, target, id);
      if (spec === null) continue;
      const res = calcRelo(local, spec);
      if (first === null) first = { spec, res };
      else checkSame(first, { spec, res });
      matching.push(id);
    }
    if (first === null) return calcRelo(local, null);
    this.candidates.set(local.rootTypeId, matching);
    return first.res;
  }

  /** Types of the target with the same kind and the same name but for flavours, lowest id first. */
  private candidatesOf(localId: number, target: Btf): readonly number[] {
    const known = this.candidates.get(localId);
    if (known !== undefined) return known;
    const type = this.local.typeById(localId);
    const name = essentialName(type.name);
    const flavoured = this.flavoursOf(target).get(name) ?? [];
    const plain = essentialName(name) === name ? target.findAllByName(name) : [];
    const ids = [...plain, ...flavoured]
      .filter((id) => sameKind(target.typeById(id), type))
      .sort((a, b) => a - b);
    this.candidates.set(localId, ids);
    return ids;
  }

  private flavoursOf(target: Btf): Map<string, number[]> {
    if (this.flavours !== null) return this.flavours;
    const out = new Map<string, number[]>();
    for (const name of target.names()) {
      const essential = name.includes('___') ? essentialName(name) : name;
      if (essential === name) continue;
      out.set(essential, [...(out.get(essential) ?? []), ...target.findAllByName(name)]);
    }
    this.flavours = out;
    return out;
  }
}

function localTypeId(local: CoreSpec): CoreResult {
  const id = BigInt(local.rootTypeId);
  return { orig: id, next: id, poison: false, validate: false, origSize: 0, nextSize: 0, failMemSize: false };
}

/** All candidates must agree, else the choice would be a guess. */
function checkSame(a: { spec: CoreSpec; res: CoreResult }, b: { spec: CoreSpec; res: CoreResult }): void {
  if (a.spec.bitOffset !== b.spec.bitOffset) {
    throw new CoreError(`field offset ambiguity: ${b.spec.bitOffset} != ${a.spec.bitOffset}`);
  }
  if (a.res.poison !== b.res.poison || a.res.next !== b.res.next) {
    const word = (r: CoreResult) => (r.poison ? 'failure' : 'success');
    throw new CoreError(
      `relocation decision ambiguity: ${word(b.res)} ${b.res.next} != ${word(a.res)} ${a.res.next}`,
    );
  }
}
