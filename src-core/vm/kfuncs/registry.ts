import { DYNPTR_KFUNCS } from './dynptrs.ts';
import { EXCEPTION_KFUNCS } from './exceptions.ts';
import { ITERATOR_KFUNCS } from './iterators.ts';
import { FIRST_KFUNC, type Kfunc } from './kfunc.ts';
import { OBJECT_KFUNCS } from './objects.ts';
import { SECTION_KFUNCS } from './sections.ts';
import { STRING_KFUNCS } from './strings.ts';

const numbered: readonly Kfunc[] = [
  ...ITERATOR_KFUNCS,
  ...DYNPTR_KFUNCS,
  ...OBJECT_KFUNCS,
  ...SECTION_KFUNCS,
  ...EXCEPTION_KFUNCS,
  ...STRING_KFUNCS,
].map((f, i) => ({ ...f, id: FIRST_KFUNC + i }));
const idByName = new Map(numbered.map((f) => [f.name, f.id]));

/** Our number of a kernel function, which engines call as a helper; null when it is not simulated. */
export const kfuncId = (name: string): number | null => idByName.get(name) ?? null;
export const kfuncById = (id: number): Kfunc | null => numbered[id - FIRST_KFUNC] ?? null;
