import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assemble } from '../asm/assemble.ts';
import { type ObjectSession, openObject } from '../bpf/session.ts';
import type { Btf } from '../btf/btf.ts';
import { unpackVmlinux } from '../btf/vmlinux.ts';
import type { AsmSource } from '../explain/spots.ts';
import { type LoadOptions, loadElf } from '../object/load.ts';
import { namedProgKind } from '../object/prog-kind.ts';
import type { ObjectSpec, ProgramSpec } from '../object/spec.ts';
import { helperId } from '../platform/helper-names.ts';
import { InputError } from '../util/input-error.ts';
import { UsageError } from './usage.ts';

let vmlinux: Btf | null | undefined;

/** The reference kernel's BTF, from beside the bundled tool or from the source tree; null when it is in neither. */
export function vmlinuxBtf(): Btf | null {
  if (vmlinux !== undefined) return vmlinux;
  const here = dirname(fileURLToPath(import.meta.url));
  let found: Btf | null = null;
  for (const folder of [here, join(here, '../../public')]) {
    try {
      found = unpackVmlinux(new Uint8Array(readFileSync(join(folder, 'vmlinux.btf.bin'))));
      break;
    } catch (e) {
      if (!(e instanceof Error && 'code' in e && e.code === 'ENOENT')) throw e;
    }
  }
  vmlinux = found;
  return found;
}

/** The object in a kernel of its own, timed by Node's clock. */
export function openInNode(spec: ObjectSpec): ObjectSession {
  return openObject(spec, {
    vmlinux: vmlinuxBtf,
    timer: () => performance.now() * 1e6,
  });
}

/** Bytes of a file, or an InputError that names it. */
export function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (e) {
    throw new InputError(`cannot read ${path}: ${e instanceof Error ? e.message : String(e)}`);
  }
}

/** Does something that leaves a file behind; a failure is an InputError that names it. */
function leaving(path: string, act: () => void): void {
  try {
    act();
  } catch (e) {
    throw new InputError(`cannot write ${path}: ${e instanceof Error ? e.message : String(e)}`);
  }
}

/** Writes a file; text as Latin-1, as the verifier's log has it. */
export function writeOutput(path: string, content: Uint8Array | string): void {
  leaving(path, () => writeFileSync(path, content, 'latin1'));
}

/** Makes a folder, where there is none. */
export function makeFolder(path: string): void {
  leaving(path, () => mkdirSync(path, { recursive: true }));
}

/** BTF id of a kernel function that assembly text calls by name; null when the reference kernel has none such. */
const kfuncId = (name: string): number | null => vmlinuxBtf()?.findByName(name, 'func') ?? null;

/** The object file that assembly text makes; every error with its place. */
export function assembleFile(path: string): Uint8Array {
  const { object, diagnostics } = assemble(new TextDecoder().decode(readBytes(path)), { helperId, kfuncId });
  if (object !== null) return object;
  const lines = diagnostics.map((d) => `${path}:${d.line}:${d.column}: ${d.message}`);
  throw new InputError(lines.join('\n'));
}

/** Where the slots of an assembly file stand in its text; null for an object. */
export function asmSourceOf(path: string): AsmSource | null {
  if (!path.endsWith('.s')) return null;
  const text = new TextDecoder().decode(readBytes(path));
  const { lines } = assemble(text, { helperId, kfuncId });
  return { file: path, text, lines: new Map(lines.map((f) => [f.name, f.lines])) };
}

/** What `--type` may choose for the programs of a file. */
export interface TypeChoice {
  /** In words of namedProgKind(). */
  readonly type: string | null;
  /** Only the program of this name; null: all. */
  readonly prog: string | null;
}

function progKindOf({ type, prog }: TypeChoice): NonNullable<LoadOptions['progKind']> {
  if (type !== null && namedProgKind(type) === null) {
    throw new UsageError(
      `--type takes a program type, with an attach type if need be (xdp, sched_cls, cgroup_skb/cgroup_inet_egress), or a section name; not "${type}"`,
    );
  }
  return ({ name }) => (prog === null || prog === name ? type : null);
}

/** Reads an object (.o) or assembly (.s) file. */
export function loadFile(path: string, choice: TypeChoice = { type: null, prog: null }): ObjectSpec {
  const progKind = progKindOf(choice);
  const bytes = path.endsWith('.s') ? assembleFile(path) : readBytes(path);
  const name = basename(path).replace(/\.[a-z]+$/, '');
  try {
    const first = loadElf(bytes, name, { vmlinux: null, progKind });
    return first.needsVmlinux ? loadElf(bytes, name, { vmlinux: vmlinuxBtf(), progKind }) : first;
  } catch (e) {
    if (!(e instanceof InputError)) throw e;
    throw new InputError(`${path}: ${e.message}`, e.location, e.hint);
  }
}

/** The object's programs, or the one of that name. */
export function chosenPrograms(spec: ObjectSpec, name: string | null): readonly ProgramSpec[] {
  if (name === null) return spec.programs;
  const found = spec.programs.filter((p) => p.name === name);
  if (found.length === 0) {
    throw new UsageError(`no program "${name}"; there are: ${spec.programs.map((p) => p.name).join(', ')}`);
  }
  return found;
}
